{{ config(materialized='table', transient=false, cluster_by=['ordered_on'], query_tag='shop') }}
select ordered_on, sum(amount) as revenue, listagg(order_id, ',') within group (order by order_id) as orders
from {{ ref('stg_orders') }}
group by ordered_on
