-- What the source refers to where that is not in the target: the value is empty then, and people want to know what is meant.
alter table migrate.conflict add column reference text;
