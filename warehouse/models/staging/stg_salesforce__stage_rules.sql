-- One row per value of the rules that say what qualified means in Salesforce: a date field, statuses, or campaign responses.
-- Source: raw_salesforce.stage_rules. An empty value of a campaign rule means any campaign.
with rules as (
    select
        stage,
        kind,
        value
    from raw_salesforce.stage_rules
),

final as (
    select
        stage,
        kind as rule_kind,
        value as rule_value
    from rules
)

select * from final
