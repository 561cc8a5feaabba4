-- One row per lead or contact that ever qualified by the rules of the org, with the first day of each stage.
-- Source: int_salesforce_people, int_salesforce_statuses, stg_salesforce__campaign_responses, stg_salesforce__stage_rules,
-- int_survivors. What a lead did before it was merged into another counts for the survivor.
with entries as (
    select
        record_id,
        'marketing_qualified' as stage_name,
        marketing_qualified_date as entered_date
    from intermediate.int_salesforce_people
    union all
    select
        record_id,
        'sales_qualified' as stage_name,
        sales_qualified_date as entered_date
    from intermediate.int_salesforce_people
    union all
    select
        statuses.lead_id as record_id,
        rules.stage as stage_name,
        statuses.entered_date
    from intermediate.int_salesforce_statuses as statuses
    inner join staging.stg_salesforce__stage_rules as rules
        on rules.rule_kind = 'status' and statuses.status = rules.rule_value
    union all
    select
        responses.record_id,
        rules.stage as stage_name,
        responses.responded_date as entered_date
    from staging.stg_salesforce__campaign_responses as responses
    inner join staging.stg_salesforce__stage_rules as rules
        on rules.rule_kind = 'campaign' and rules.rule_value in ('', responses.campaign_type)
),

survivors as (
    select
        merged_id,
        survivor_id
    from intermediate.int_survivors
    where object_type in ('salesforce lead', 'salesforce contact')
),

final as (
    select
        coalesce(survivors.survivor_id, entries.record_id) as record_id,
        min(entries.entered_date) filter (where entries.stage_name = 'marketing_qualified') as marketing_qualified_date,
        min(entries.entered_date) filter (where entries.stage_name = 'sales_qualified') as sales_qualified_date
    from entries
    left join survivors on entries.record_id = survivors.merged_id
    where entries.entered_date is not null
    group by coalesce(survivors.survivor_id, entries.record_id)
)

select * from final
