-- What a careful person would write by hand: text staging tables, then one INSERT ... SELECT per table with casts and joins.
-- Run by psql with -v data=<folder>. Same columns, same indexes and same foreign keys as migrate's own tables.
\set ON_ERROR_STOP on
\set QUIET on
\cd :data
set search_path = bench_ref;
set client_min_messages = warning;

drop table if exists stage_user, stage_account, stage_contact;
create unlogged table stage_user (id text, name text, email text);
create unlogged table stage_account (
  id text, name text, phone text, website text, annual_revenue text, number_of_employees text, billing_city text,
  billing_country text, owner_email text);
create unlogged table stage_contact (
  id text, first_name text, last_name text, salutation text, email text, phone text, mobile text, title text, department text,
  mailing_street text, mailing_city text, mailing_state text, mailing_postal_code text, mailing_country text, lead_source text,
  do_not_call text, email_opt_out text, birthdate text, last_contacted_date text, description text, account_id text, owner_email text);

\copy stage_user from 'users.csv' csv header
\copy stage_account from 'accounts.csv' csv header
\copy stage_contact from 'contacts.csv' csv header

insert into "user" as t (external_source, external_id, name, email)
select 'bench', id, name, email from stage_user
on conflict (external_source, external_id) do update set name = excluded.name, email = excluded.email, updated_at = now()
where (t.name, t.email) is distinct from (excluded.name, excluded.email);

insert into account as t (
  external_source, external_id, name, phone, website, annual_revenue, number_of_employees, billing_city, billing_country, owner_id)
select 'bench', s.id, s.name, s.phone, s.website, s.annual_revenue::numeric, s.number_of_employees::bigint, s.billing_city,
  s.billing_country, u.id
from stage_account s
left join "user" u on lower(u.email) = lower(s.owner_email)
on conflict (external_source, external_id) do update set
  name = excluded.name, phone = excluded.phone, website = excluded.website, annual_revenue = excluded.annual_revenue,
  number_of_employees = excluded.number_of_employees, billing_city = excluded.billing_city,
  billing_country = excluded.billing_country, owner_id = excluded.owner_id, updated_at = now()
where (t.name, t.phone, t.website, t.annual_revenue, t.number_of_employees, t.billing_city, t.billing_country, t.owner_id)
  is distinct from (excluded.name, excluded.phone, excluded.website, excluded.annual_revenue, excluded.number_of_employees,
    excluded.billing_city, excluded.billing_country, excluded.owner_id);

insert into contact as t (
  external_source, external_id, first_name, last_name, salutation, email, phone, mobile, title, department, mailing_street,
  mailing_city, mailing_state, mailing_postal_code, mailing_country, lead_source, do_not_call, email_opt_out, birthdate,
  last_contacted_date, description, account_id, owner_id)
select 'bench', s.id, s.first_name, s.last_name, s.salutation, s.email, s.phone, s.mobile, s.title, s.department, s.mailing_street,
  s.mailing_city, s.mailing_state, s.mailing_postal_code, s.mailing_country, s.lead_source, s.do_not_call::boolean,
  s.email_opt_out::boolean, s.birthdate::date, s.last_contacted_date::timestamptz, s.description, a.id, u.id
from stage_contact s
left join account a on a.external_source = 'bench' and a.external_id = s.account_id
left join "user" u on lower(u.email) = lower(s.owner_email)
on conflict (external_source, external_id) do update set
  first_name = excluded.first_name, last_name = excluded.last_name, salutation = excluded.salutation, email = excluded.email,
  phone = excluded.phone, mobile = excluded.mobile, title = excluded.title, department = excluded.department,
  mailing_street = excluded.mailing_street, mailing_city = excluded.mailing_city, mailing_state = excluded.mailing_state,
  mailing_postal_code = excluded.mailing_postal_code, mailing_country = excluded.mailing_country,
  lead_source = excluded.lead_source, do_not_call = excluded.do_not_call, email_opt_out = excluded.email_opt_out,
  birthdate = excluded.birthdate, last_contacted_date = excluded.last_contacted_date, description = excluded.description,
  account_id = excluded.account_id, owner_id = excluded.owner_id, updated_at = now()
where (t.first_name, t.last_name, t.salutation, t.email, t.phone, t.mobile, t.title, t.department, t.mailing_street, t.mailing_city,
    t.mailing_state, t.mailing_postal_code, t.mailing_country, t.lead_source, t.do_not_call, t.email_opt_out, t.birthdate,
    t.last_contacted_date, t.description, t.account_id, t.owner_id)
  is distinct from (excluded.first_name, excluded.last_name, excluded.salutation, excluded.email, excluded.phone, excluded.mobile,
    excluded.title, excluded.department, excluded.mailing_street, excluded.mailing_city, excluded.mailing_state,
    excluded.mailing_postal_code, excluded.mailing_country, excluded.lead_source, excluded.do_not_call, excluded.email_opt_out,
    excluded.birthdate, excluded.last_contacted_date, excluded.description, excluded.account_id, excluded.owner_id);
