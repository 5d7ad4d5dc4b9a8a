"""Settings: environment variables, then .env, then ./coach.toml, then defaults. Secrets stay secret."""

from pathlib import Path
from typing import Annotated

from pydantic import AliasChoices, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from coach.errors import UsageError


class Settings(BaseSettings):
    """What the environment says; every field has a default that needs no key and no network."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", toml_file="coach.toml")

    model: str = Field(default="offline", validation_alias=AliasChoices("COACH_MODEL", "model"))
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
