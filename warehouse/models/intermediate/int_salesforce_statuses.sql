-- One row per lead, status and day on which the lead got it; the status with which a lead was created included.
-- Source: stg_salesforce__lead_status_history, int_salesforce_people. Creation leaves no row in the history: the first status is
-- the old value of the first change, or today's where nothing ever changed.
with history as (
    select
        lead_id,
        old_status,
        new_status,
        changed_at,
        changed_date
    from staging.stg_salesforce__lead_status_history
),

first_changes as (
    select
        lead_id,
        arg_min(old_status, changed_at) as old_status
    from history
    group by lead_id
),

entries as (
    select
        lead_id,
        new_status as status,
        changed_date as entered_date
    from history
    union all
    select
        people.record_id as lead_id,
        case when first_changes.lead_id is null then people.status else first_changes.old_status end as status,
        people.created_date as entered_date
    from intermediate.int_salesforce_people as people
    left join first_changes on people.record_id = first_changes.lead_id
    where people.object_name = 'Lead'
),

final as (
    select distinct
        lead_id,
        status,
        entered_date
    from entries
    where status is not null and entered_date is not null
)

select * from final
