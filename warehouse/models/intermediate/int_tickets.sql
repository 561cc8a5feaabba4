-- One row per ticket in HubSpot, with its owner, link, pipeline and stage, and the case in Salesforce of which it is the copy.
-- Source: stg_hubspot__tickets, stg_hubspot__ticket_stages, int_record_references.
with final as (
    select
        staging.key_of('hubspot', tickets.ticket_id) as ticket_key,
        pairs.salesforce_key as copy_of,
        tickets.subject,
        tickets.category,
        tickets.priority,
        tickets.created_at,
        tickets.closed_at,
        tickets.created_date,
        tickets.closed_date,
        staging.key_of('hubspot', tickets.owner_id) as owner_key,
        staging.record_url('hubspot', '0-5', tickets.ticket_id) as record_url,
        ticket_stages.pipeline_label as pipeline_name,
        ticket_stages.stage_label as stage_name
    from staging.stg_hubspot__tickets as tickets
    left join staging.stg_hubspot__ticket_stages as ticket_stages
        on tickets.pipeline_id = ticket_stages.pipeline_id and tickets.stage_id = ticket_stages.stage_id
    left join intermediate.int_record_references as pairs
        on
            pairs.object_type = 'ticket'
            and pairs.is_match
            and staging.key_of('hubspot', tickets.ticket_id) = pairs.hubspot_key
)

select * from final
