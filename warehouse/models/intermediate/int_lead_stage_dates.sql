-- One row per person with a stage history: the first day in each lifecycle stage, under any id the person ever had.
-- Source: stg_hubspot__contact_lifecycle_history, int_survivors. Null: never in that stage; a skipped stage stays null.
with history as (
    select
        contact_id,
        stage,
        entered_date
    from staging.stg_hubspot__contact_lifecycle_history
),

survivors as (
    select
        merged_id,
        survivor_id
    from intermediate.int_survivors
    where object_type = 'contact'
),

persons as (
    select
        coalesce(survivors.survivor_id, history.contact_id) as contact_id,
        history.stage,
        history.entered_date
    from history
    left join survivors on history.contact_id = survivors.merged_id
),

final as (
    select
        contact_id,
        min(entered_date) filter (where stage = 'marketingqualifiedlead') as marketing_qualified_date,
        min(entered_date) filter (where stage = 'salesqualifiedlead') as sales_qualified_date,
        min(entered_date) filter (where stage = 'opportunity') as opportunity_date,
        min(entered_date) filter (where stage = 'customer') as customer_date
    from persons
    group by contact_id
)

select * from final
