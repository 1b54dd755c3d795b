-- Ids of records that were merged into others lead to the rows of those.
-- kind is row, match (own ids), merge (recognised by another field) or alias (the source says so).
alter table migrate.id_map add column alias boolean not null generated always as (kind in ('merge', 'alias')) stored;

-- What a stage has read about merged records, until all of it is read: the row of the winner may come later.
create table migrate.alias (
  origin_id integer not null,
  run_id    bigint not null,
  id        text not null collate "C",
  winner    text not null collate "C",           -- key of the record that it was merged into
  line      bigint not null,
  loser     boolean not null,                    -- a record that was read, and is counted when this is settled
  in_scope  boolean not null                     -- the filter lets it through
);
create index alias_origin on migrate.alias (origin_id, id);
