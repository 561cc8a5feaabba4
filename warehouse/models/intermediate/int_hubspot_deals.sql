-- One row per deal in HubSpot that is not deleted, in the words of fct_deals; deals merged together count once.
-- Source: stg_hubspot__deals, int_deals_priced, stg_hubspot__companies, stg_hubspot__deal_stages.
-- Won as HubSpot says; where it says nothing, the deal's stage decides. Null money is unknown, never zero.
with deals as (
    select
        deal_id,
        deal_name,
        deal_type,
        pipeline_id,
        stage_id,
        is_closed,
        is_closed_won,
        contract_end_date,
        owner_id,
        created_date,
        close_date
    from staging.stg_hubspot__deals
),

final as (
    select
        staging.key_of('hubspot', deals.deal_id) as deal_key,
        deals.deal_name,
        staging.key_of('hubspot', priced.company_id) as company_key,
        companies.company_name,
        companies.segment,
        case deals.deal_type
            when 'newbusiness' then 'New business'
            when 'existingbusiness' then 'Existing business'
        end as deal_type,
        coalesce(deals.is_closed_won, deal_stages.is_closed and deal_stages.probability = 1, false) as is_won,
        coalesce(deals.is_closed, deal_stages.is_closed, false) as is_closed,
        deals.created_date,
        deals.close_date,
        priced.amount_cents,
        priced.deal_currency,
        priced.is_recurring,
        priced.monthly_recurring_revenue_cents,
        deals.contract_end_date,
        staging.key_of('hubspot', deals.owner_id) as owner_key,
        staging.record_url('hubspot', '0-3', deals.deal_id) as record_url
    from deals
    inner join intermediate.int_deals_priced as priced on deals.deal_id = priced.deal_id
    left join staging.stg_hubspot__companies as companies on priced.company_id = companies.company_id
    left join staging.stg_hubspot__deal_stages as deal_stages
        on deals.pipeline_id = deal_stages.pipeline_id and deals.stage_id = deal_stages.stage_id
)

select * from final
