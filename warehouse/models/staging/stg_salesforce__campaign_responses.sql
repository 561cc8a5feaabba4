-- One row per lead or contact who responded to a campaign, with the type of the campaign and the first day of a response.
-- Source: raw_salesforce.campaign_members and campaigns. Responses to campaigns deleted since stay: they took place.
with members as (
    select
        id,
        campaignid,
        leadid,
        contactid,
        firstrespondeddate,
        createddate
    from raw_salesforce.campaign_members
    where coalesce(hasresponded, false) and not coalesce(isdeleted, false)
),

final as (
    select
        members.id as member_id,
        coalesce(nullif(members.leadid, ''), members.contactid) as record_id,
        nullif(trim(campaigns.type), '') as campaign_type,
        coalesce(members.firstrespondeddate, staging.company_date(members.createddate)) as responded_date
    from members
    left join raw_salesforce.campaigns as campaigns on members.campaignid = campaigns.id
)

select * from final
