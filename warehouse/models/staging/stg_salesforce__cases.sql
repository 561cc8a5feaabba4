-- One row per case in Salesforce that is not deleted.
-- Source: raw_salesforce.cases. closed_at is null while the case is open; re-opening empties it again.
with cases as (
    select
        id,
        subject,
        type,
        priority,
        status,
        ownerid,
        createddate,
        closeddate,
        hubspot_id,
        isdeleted
    from raw_salesforce.cases
),

final as (
    select
        id as case_id,
        nullif(trim(subject), '') as subject,
        staging.sentence_case(type) as category,
        staging.sentence_case(priority) as priority,
        nullif(trim(status), '') as status,
        nullif(ownerid, '') as owner_id,
        nullif(trim(hubspot_id), '') as hubspot_id,
        createddate as created_at,
        closeddate as closed_at,
        staging.company_date(createddate) as created_date,
        staging.company_date(closeddate) as closed_date
    from cases
    where not coalesce(isdeleted, false)
)

select * from final
