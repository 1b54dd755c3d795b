-- Rejects that a later run has tried again: the proof counts them there, and no longer where they were rejected.
create table migrate.retried (
  run_id    bigint not null references migrate.run on delete cascade,
  of_run_id bigint not null,
  origin_id integer not null,
  line      bigint not null,                     -- of the reject
  key       text,                                -- that it had; null: none
  new_key   text,                                -- that the record has now; null: none
  edited    boolean not null                     -- the record comes from a file that somebody edited, not from the source
);
create index retried_origin on migrate.retried (origin_id, run_id);
