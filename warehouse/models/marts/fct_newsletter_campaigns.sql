-- One row per newsletter that was sent to a mailing list.
-- Source: stg_mailchimp__campaigns. Null opens and clicks: Mailchimp does not tell.
with campaigns as (
    select
        campaign_id,
        campaign_name,
        campaign_type,
        list_name,
        sent_date,
        emails_sent,
        delivered,
        human_opens,
        human_clicks,
        is_click_filtered,
        unsubscribed,
        is_settled
    from staging.stg_mailchimp__campaigns
),

final as (
    select
        staging.key_of('mailchimp', campaign_id) as campaign_key,
        campaign_name,
        campaign_type,
        list_name,
        sent_date,
        emails_sent,
        delivered,
        human_opens,
        human_clicks,
        is_click_filtered,
        unsubscribed,
        is_settled
    from campaigns
)

select * from final
