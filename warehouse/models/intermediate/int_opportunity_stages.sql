-- One row per opportunity whose history is known, with the day on which it entered the stage that it is in today.
-- Source: stg_salesforce__opportunities, stg_salesforce__opportunity_stages. Of several stays in the stage the present one
-- counts. It is the day of the deed, while the closing day is one that people type.
with seen as (
    select
        stays.opportunity_id,
        stays.changed_at,
        stays.stage_name = opportunities.stage_name as is_present
    from staging.stg_salesforce__opportunity_stages as stays
    inner join staging.stg_salesforce__opportunities as opportunities on stays.opportunity_id = opportunities.opportunity_id
    where stays.stage_name is not null and opportunities.stage_name is not null
),

left_others as (
    select
        opportunity_id,
        max(changed_at) filter (where not is_present) as last_elsewhere
    from seen
    group by opportunity_id
),

final as (
    select
        seen.opportunity_id,
        staging.company_date(min(seen.changed_at)) as stage_entered_date
    from seen
    inner join left_others on seen.opportunity_id = left_others.opportunity_id
    where seen.is_present and (left_others.last_elsewhere is null or seen.changed_at >= left_others.last_elsewhere)
    group by seen.opportunity_id
)

select * from final
