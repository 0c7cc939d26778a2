"""Places and ships orders."""

import json
import os
import uuid

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
queue = boto3.client("sqs")


def place(event, context):
    """POST /orders, GET /orders."""
    if event["httpMethod"] == "GET":
        owner = event["requestContext"]["authorizer"]["claims"]["sub"]
        return {"statusCode": 200, "body": json.dumps(table.get_item(Key={"id": owner}).get("Item", {}))}
    order = json.loads(event["body"]) | {"id": str(uuid.uuid4())}
    table.put_item(Item=order)
    queue.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=json.dumps(order))
    return {"statusCode": 201, "body": json.dumps({"id": order["id"]})}


def ship(event, context):
    """Reads the queue."""
    for record in event["Records"]:
        order = json.loads(record["body"])
        table.update_item(
            Key={"id": order["id"]}, UpdateExpression="SET shipped = :yes", ExpressionAttributeValues={":yes": True}
        )
