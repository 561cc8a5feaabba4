-- One row per billing document of the ERP, cancelled ones included and marked.
-- Source: raw_files.erp_invoices. net_amount is positive for credit memos too; the mart gives the sign.
with documents as (
    select
        document_id,
        document_type,
        customer_id,
        posting_date,
        net_amount,
        currency,
        is_cancelled
    from raw_files.erp_invoices
),

final as (
    select
        document_id,
        staging.sentence_case(document_type) as document_type,
        nullif(customer_id, '') as customer_id,
        posting_date,
        net_amount,
        nullif(upper(trim(currency)), '') as currency,
        coalesce(is_cancelled, false) as is_cancelled
    from documents
)

select * from final
