"""Settings: environment variables, then .env, then ./coach.toml, then defaults. Secrets stay secret."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from coach.errors import UsageError


class Settings(BaseSettings):
    """What the environment says; every field has a default that needs no key and no network."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", toml_file="coach.toml")

    model: str = Field(default="offline", validation_alias=AliasChoices("COACH_MODEL", "LITELLM_MODEL", "model"))
    coach_base_url: str | None = Field(default=None, validation_alias=AliasChoices("COACH_BASE_URL", "base_url"))
    openai_base_url: str | None = Field(default=None, validation_alias="OPENAI_BASE_URL")
    litellm_base_url: str | None = Field(default=None, validation_alias="LITELLM_BASE_URL")
    coach_api_key: SecretStr | None = Field(default=None, validation_alias=AliasChoices("COACH_API_KEY", "api_key"))
    openai_api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    litellm_api_key: SecretStr | None = Field(default=None, validation_alias="LITELLM_API_KEY")
    organization: str | None = Field(default=None, validation_alias=AliasChoices("OPENAI_ORG_ID", "organization"))
    project: str | None = Field(default=None, validation_alias=AliasChoices("OPENAI_PROJECT_ID", "project"))
    transport: Literal["direct", "sdk"] = Field(
        default="direct", validation_alias=AliasChoices("COACH_TRANSPORT", "transport")
    )
    timeout: Annotated[float, Field(gt=0, le=3600)] = Field(
        default=120.0, validation_alias=AliasChoices("COACH_TIMEOUT", "LITELLM_TIMEOUT", "timeout")
    )
    max_retries: Annotated[int, Field(ge=0, le=20)] = Field(
        default=4, validation_alias=AliasChoices("COACH_MAX_RETRIES", "LITELLM_MAX_RETRIES", "max_retries")
    )
    max_connections: Annotated[int, Field(ge=1, le=4096)] | None = Field(
        default=None, validation_alias=AliasChoices("COACH_MAX_CONNECTIONS", "max_connections")
    )
    prices: Path | None = Field(default=None, validation_alias=AliasChoices("COACH_PRICES", "prices"))
    cassette: Path | None = Field(default=None, validation_alias=AliasChoices("COACH_CASSETTE", "cassette"))
    cassette_mode: Literal["replay", "record", "auto"] = Field(
        default="replay", validation_alias=AliasChoices("COACH_CASSETTE_MODE", "cassette_mode")
    )
    runs: Path = Field(default=Path("runs"), validation_alias=AliasChoices("COACH_RUNS", "runs"))
    log_dir: Path = Field(default=Path("interview_logs"), validation_alias=AliasChoices("INTERVIEW_LOG_DIR", "log_dir"))
    participant_name: str = Field(default="coach", validation_alias=AliasChoices("TEAM_NAME", "participant_name"))
    max_turns: Annotated[int, Field(ge=1, le=200)] | None = Field(
        default=None, validation_alias=AliasChoices("MAX_TURNS", "max_turns")
    )
    content: Path | None = Field(default=None, validation_alias=AliasChoices("COACH_CONTENT", "content"))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources, the strongest first."""
        return init_settings, env_settings, dotenv_settings, TomlConfigSettingsSource(settings_cls)

    def endpoint(self, base_url: str | None = None) -> tuple[str | None, str | None]:
        """Return the base URL and the key that belongs to it; ``base_url`` is the command line's, the strongest.

        A key goes with the address of its own family, so that no gateway is shown another endpoint's key.
        """
        families = (
            (base_url or self.coach_base_url, (self.coach_api_key, self.openai_api_key, self.litellm_api_key)),
            (self.openai_base_url, (self.coach_api_key, self.openai_api_key)),
            (self.litellm_base_url, (self.coach_api_key, self.litellm_api_key)),
        )
        for url, keys in families:
            if url:
                return url, next((k.get_secret_value() for k in keys if k), None)
        key = self.openai_api_key or self.coach_api_key
        return (OPENAI, key.get_secret_value()) if key else (None, None)


OPENAI = "https://api.openai.com/v1"
"""Where a named model is asked for when there is a key and no address, as the ``openai`` package does."""


def load_settings() -> Settings:
    """Return the settings, or raise UsageError that names the variable."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"setting {name}: {first['msg']}") from error
    except (ValueError, OSError) as error:
        raise UsageError(f"coach.toml or .env can't be read: {error}") from error
