-- What was written, field by field, so that edits of the target and changes of the source can be told apart; and what a run
-- changed in the state, so that it can be undone.

-- Names and types of the fields whose hashes `written` holds, in order. New ones are appended, none ever moves.
alter table migrate.origin add column columns text[] not null default '{}';

-- Hash of each value as the source last had it: 0 for null; a null element, or none at all, is not known.
alter table migrate.ledger add column written integer[];
alter table migrate.id_map add column written integer[];

-- Fields of target rows that differ from the source by decision of a run that saw both.
create table migrate.kept_edit (
  origin_id integer not null,
  target_id text not null collate "C",
  field     text not null,                       -- target field; custom ones as custom.<key>
  run_id    bigint not null,                     -- the run that saw it last
  reason    text not null,                       -- edited (the source had not changed) | target | newest | review | decided
  source    integer not null,                    -- hash of the source's value then
  target    integer not null,                    -- hash of the target's value then
  primary key (origin_id, target_id, field)
);

-- Fields that both sides changed, differently: what a run met, and how it decided.
create table migrate.conflict (
  run_id    bigint not null references migrate.run on delete cascade,
  origin_id integer not null,
  target_id text not null collate "C",
  key       text not null,
  field     text not null,
  policy    text not null,                       -- source | target | newest | review
  decision  text,                                -- source | target; null: open
  written   integer,
  source    jsonb not null,                      -- the value for the column; references as ids of the target
  target    jsonb not null
);
create index conflict_run on migrate.conflict (run_id, origin_id);

-- updated: the row as it was before. deleted: the row that was there. inserted: the row that was made, of those that no ledger
-- knows (associations, invited users). In order of id.
alter table migrate.before_image
  add column id   bigint generated always as identity,
  add column what text not null default 'updated',
  add column was  xid;                           -- version of the row before; null: not known

-- Rows of the state that a run changed or deleted, as they were before.
create table migrate.undo (
  id     bigint generated always as identity,
  run_id bigint not null references migrate.run on delete cascade,
  name   text not null,                          -- ledger | id_map | kept_edit
  row    jsonb not null
);
create index undo_run on migrate.undo (run_id, name);

-- `migrate.run_id` is set on the connections of a run. What the run itself has written needs no note.
create function migrate.note_undo() returns trigger language plpgsql as $$
begin
  if coalesce(current_setting('migrate.run_id', true), '') <> '' then
    insert into migrate.undo (run_id, name, row)
      select current_setting('migrate.run_id')::bigint, tg_table_name, to_jsonb(o) from old_rows o
      where o.run_id <> current_setting('migrate.run_id')::bigint;
  end if;
  return null;
end $$;

create trigger ledger_changed after update on migrate.ledger
  referencing old table as old_rows for each statement execute function migrate.note_undo();
create trigger ledger_deleted after delete on migrate.ledger
  referencing old table as old_rows for each statement execute function migrate.note_undo();
create trigger id_map_changed after update on migrate.id_map
  referencing old table as old_rows for each statement execute function migrate.note_undo();
create trigger id_map_deleted after delete on migrate.id_map
  referencing old table as old_rows for each statement execute function migrate.note_undo();
create trigger kept_edit_changed after update on migrate.kept_edit
  referencing old table as old_rows for each statement execute function migrate.note_undo();
create trigger kept_edit_deleted after delete on migrate.kept_edit
  referencing old table as old_rows for each statement execute function migrate.note_undo();

-- What a rollback does, row by row, and what became of it.
create table migrate.rollback (
  run_id    bigint not null references migrate.run on delete cascade,
  object    text not null,
  target_id text not null collate "C",
  origin_id integer,
  key       text,
  what      text not null,                       -- inserted | updated | deleted: what the run had done
  state     text not null default 'open',        -- open | done | gone | refused
  reason    text,
  primary key (run_id, object, target_id)
);
