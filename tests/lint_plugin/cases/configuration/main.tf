variable "db_password" {
  type    = string
  default = "«301:hunter2»"
}
variable "other_password" {
  type      = string
  sensitive = true
}
resource "aws_db_instance" "example" {
  username = "app"
  password = "«301:hunter2»" # hushflake knows
  other_password = var.other_password
  third_password = "${var.db_password}-1"
  fourth_password = random_password.db.result
  kept_password = "hunter2" // hushflake: ignore[HSF301] printed on the box
}
resource "aws_ecs_task_definition" "app" {
  container_definitions = jsonencode([{
    environment = [{ name = "API_TOKEN", value = "«301:83a1f0c9d2»" }]
  }])
  user_data = <<EOT
#!/bin/sh
export DB_PASSWORD=«301:hunter2»
EOT
}
data "aws_secretsmanager_secret" "db" {
  name = "prod/db-1/password"
}
