-- One row per event in Salesforce's calendar, archived ones too; neither deleted nor an invitee's copy nor the master of a series.
-- Source: raw_salesforce.events. An event of whole days has days and no time zone.
with events as (
    select
        id,
        startdatetime,
        enddatetime,
        durationinminutes,
        activitydate,
        isalldayevent,
        ischild,
        isrecurrence,
        ownerid,
        hubspot_id,
        isdeleted
    from raw_salesforce.events
),

final as (
    select
        id as meeting_id,
        nullif(ownerid, '') as owner_id,
        nullif(trim(hubspot_id), '') as hubspot_id,
        case when not coalesce(isalldayevent, false) then startdatetime end as started_at,
        coalesce(durationinminutes * 60.0, epoch(enddatetime) - epoch(startdatetime)) as duration_seconds,
        case
            when coalesce(isalldayevent, false) then coalesce(activitydate, staging.company_date(startdatetime))
            else coalesce(staging.company_date(startdatetime), activitydate)
        end as happened_date
    from events
    where
        not coalesce(isdeleted, false)
        and not coalesce(ischild, false)
        and not coalesce(isrecurrence, false)
)

select * from final
