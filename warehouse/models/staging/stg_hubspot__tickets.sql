-- One row per service ticket in HubSpot and not deleted.
-- Source: raw_hubspot.tickets. closed_at is null while the ticket is open; re-opening empties it again.
with tickets as (
    select
        id,
        subject,
        createdate,
        closed_date,
        hs_pipeline,
        hs_pipeline_stage,
        hs_ticket_category,
        hs_ticket_priority,
        hubspot_owner_id,
        salesforce_id,
        archived
    from raw_hubspot.tickets
),

final as (
    select
        id as ticket_id,
        nullif(trim(subject), '') as subject,
        staging.sentence_case(hs_ticket_category) as category,
        staging.sentence_case(hs_ticket_priority) as priority,
        nullif(hs_pipeline, '') as pipeline_id,
        nullif(hs_pipeline_stage, '') as stage_id,
        nullif(hubspot_owner_id, '') as owner_id,
        nullif(left(trim(salesforce_id), 15), '') as salesforce_id,
        createdate as created_at,
        closed_date as closed_at,
        staging.company_date(createdate) as created_date,
        staging.company_date(closed_date) as closed_date
    from tickets
    where not coalesce(archived, false)
)

select * from final
