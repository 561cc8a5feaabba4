-- One row per campaign that was sent.
-- Source: raw_mailchimp.campaigns. Opens of proxies (Apple's mail privacy) are left out; clicks of scanners where Mailchimp tells
-- them apart.
with campaigns as (
    select
        id,
        campaign_title,
        subject_line,
        type,
        list_name,
        send_time,
        emails_sent,
        bounces,
        unsubscribed,
        proxy_excluded_unique_opens,
        unique_subscriber_clicks,
        subscriber_clicks_human,
        read_at
    from raw_mailchimp.campaigns
),

final as (
    select
        id as campaign_id,
        coalesce(nullif(trim(campaign_title), ''), nullif(trim(subject_line), ''), id) as campaign_name,
        type as campaign_type,
        nullif(trim(list_name), '') as list_name,
        staging.company_date(send_time) as sent_date,
        emails_sent,
        greatest(emails_sent - coalesce(bounces, 0), 0) as delivered,
        proxy_excluded_unique_opens as human_opens,
        coalesce(subscriber_clicks_human, unique_subscriber_clicks) as human_clicks,
        subscriber_clicks_human is not null as is_click_filtered,
        unsubscribed,
        read_at >= send_time + interval 30 day as is_settled
    from campaigns
    where emails_sent > 0
)

select * from final
