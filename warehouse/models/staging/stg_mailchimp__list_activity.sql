-- One row per list and day: how many more (or fewer) it had at the end of the day than at its beginning.
-- Source: raw_mailchimp.list_activity. The day is Mailchimp's, in the time zone of the account. No nulls.
with activity as (
    select
        list_id,
        day,
        subs,
        unsubs,
        other_adds,
        other_removes
    from raw_mailchimp.list_activity
),

final as (
    select
        list_id,
        day as activity_date,
        coalesce(subs, 0) + coalesce(other_adds, 0) - coalesce(unsubs, 0) - coalesce(other_removes, 0) as net_gain
    from activity
)

select * from final
