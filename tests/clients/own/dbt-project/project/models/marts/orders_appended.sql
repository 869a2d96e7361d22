{{ config(materialized='incremental', incremental_strategy='append') }}
select order_id, amount from {{ ref('paid_orders') }}
{% if is_incremental() %}
where order_id not in (select order_id from {{ this }})
{% endif %}
