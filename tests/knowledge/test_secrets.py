"""Secrets by typed context: what the name means, and whether the value is the secret itself."""

from __future__ import annotations

import pytest

from fourfold.knowledge.secrets import looks_generated, suspicion

SECRETS = [
    ("DB_PASSWORD", "Pa$$word123", "password"),
    ("DbPassword", "hunter2", "password"),
    ("PGPASSWORD", "postgres", "password"),
    ("MYSQL_ROOT_PASSWORD", "changeme", "password"),
    ("DB_PASS", "s3cret", "password"),
    ("DB_PASSWORD_PROD", "123456", "password"),
    ("spring.datasource.password", "x", "password"),
    ("API_KEY", "4f9a8b7c6d5e", "key"),
    ("apiKey", "k-1234-abcdef-99x", "key"),
    ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzzzz", "key"),
    ("CLIENT_SECRET", "mysupersecret", "secret"),
    ("JWT_SECRET", "my-secret-for-jwt", "secret"),
    ("APP_TOKEN", "x7Gk2pQ9aa", "token"),
    ("VAULT_TOKEN", "root", "token"),
    ("ANYTHING", "AKIA2E0A8F3B244C9986"[:4] + "ABCDEFGHIJKLMNOP", "AWS access key id"),
    ("ANYTHING", "ghp_" + "a1B2" * 9, "GitHub token"),
    ("ANYTHING", "-----BEGIN RSA PRIVATE KEY-----\nMIIE...", "private key"),
    ("ANYTHING", "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc", "Stripe key"),
    ("DATABASE_URL", "postgres://app:hunter2@db:5432/app", "password"),
    ("CONNECTION", "Server=db;User Id=sa;Password=hunter2;", "password"),
]

HARMLESS = [
    ("DB_USERNAME", "admin"),
    ("TOKEN_EXPIRY_SECONDS", "3600"),
    ("SECRET_NAME", "prod/db"),
    ("SECRET_ARN", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db"),
    ("DB_SECRET", "prod/db/credentials"),
    ("DB_SECRET", "my-db-secret-2"),
    ("DB_PASSWORD", "arn:aws:ssm:eu-west-1:123456789012:parameter/db"),
    ("DB_PASSWORD", "{{resolve:secretsmanager:db:SecretString:password}}"),
    ("DB_PASSWORD_FILE", "/run/secrets/db"),
    ("DB_PASSWORD", "/run/secrets/db"),
    ("DB_PASSWORD", ""),
    ("DB_PASSWORD", "<password>"),
    ("DB_PASSWORD", "${DB_PASSWORD}"),
    ("DB_PASSWORD", "$(DB_PASSWORD)"),
    ("API_KEY", "YOUR_API_KEY"),
    ("API_KEY", "xxxxxxxx"),
    ("PASSWORD_POLICY", "strong"),
    ("PASSWORD_RESET_URL", "https://example.com/reset"),
    ("RESET_PASSWORD", "https://example.com/reset"),
    ("MYSQL_RANDOM_ROOT_PASSWORD", "1"),
    ("MYSQL_ALLOW_EMPTY_PASSWORD", "yes"),
    ("REQUIRE_PASSWORD", "true"),
    ("KEY_ID", "1234abcd-12ab-34cd-56ef-1234567890ab"),
    ("KMS_KEY_ARN", "arn:aws:kms:eu-west-1:123456789012:key/1"),
    ("PARTITION_KEY", "customer"),
    ("PUBLIC_KEY", "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC"),
    ("S3_KEY", "uploads/file.zip"),
    ("API_KEY", "MyAPIkey"),
    ("API_KEY", "KeyValue"),
    ("MAX_TOKENS", "4096"),
    ("TOKEN_ENDPOINT", "https://login.example.com/token"),
    ("NEXT_TOKEN", "abcDEF123456"),
    ("PWD", "/app"),
    ("DATABASE_URL", "postgres://db:5432/app"),
    ("DATABASE_URL", "postgres://app:${DB_PASSWORD}@db:5432/app"),
    ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ("SLACK_TOKEN", "xoxb-ENTER YOUR BOT'S ACCESS TOKEN HERE"),
    ("SLACK_BOT_TOKEN", "xoxb-your-bot-token-1234"),
    ("DB_PASSWORD", "put-your-password-here"),
    ("API_KEY", "the key of the 3rd party goes here"),
    ("ETCD_AUTH_TOKEN", "jwt,priv-key=/opt/keys/jwt-token.pem,sign-method=RS256,ttl=10m"),
    ("COMPASS", "north"),
    ("MONKEY", "a1b2c3d4e5f6"),
    ("AUTHOR", "x7Gk2pQ9aa"),
]


@pytest.mark.parametrize(("name", "text", "what"), SECRETS)
def test_a_secret(name: str, text: str, what: str) -> None:
    found = suspicion(name, text)
    assert found is not None and found.what == what
    assert found.secret in text


@pytest.mark.parametrize(("name", "text"), HARMLESS)
def test_no_secret(name: str, text: str) -> None:
    assert suspicion(name, text) is None


def test_a_value_everybody_tries_is_said_to_be_one() -> None:
    assert suspicion("DB_PASSWORD", "changeme").guessable  # type: ignore[union-attr]
    assert not suspicion("DB_PASSWORD", "Pa$$word123").guessable  # type: ignore[union-attr]


def test_plain_words_do_not_look_generated() -> None:
    assert not looks_generated("orders-table-v2".replace("v2", "2"))
    assert looks_generated("x7Gk2pQ9")
