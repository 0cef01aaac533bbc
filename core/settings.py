"""Settings: flags, then `MINZHENG_*` in the environment, then `minzheng.toml`, then the defaults.

Lists in the environment are separated by commas; tables nest with two underscores (`MINZHENG_BUREAU__ZH`).
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from core.errors import StartupError

CONFIG_NAME = "minzheng.toml"
CONFIG_VARIABLE = "MINZHENG_CONFIG"

# Only signatures that another party can check without being able to make them.
ALGORITHMS = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519",
)  # fmt: skip


def _bad(zh: str, en: str) -> PydanticCustomError:
    return PydanticCustomError("minzheng", "{zh} / {en}", {"zh": zh, "en": en})


def _listed(value: Any) -> Any:
    """`a,b` as flags and environment variables write lists; the empty text is the empty list."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return json.loads(value)
    return [part.strip() for part in value.split(",") if part.strip()]


Names = Annotated[list[str], NoDecode, BeforeValidator(_listed)]
OptionalNames = Annotated[list[str] | None, NoDecode, BeforeValidator(_listed)]
Folder = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())]


def default_var() -> Path:
    """Where files go: `var` of the source checkout that runs, else of the working folder."""
    checkout = Path(__file__).resolve().parent.parent
    return (checkout if (checkout / "pyproject.toml").is_file() else Path.cwd()) / "var"


class BureauNames(BaseModel):
    """How the bureau calls itself on pages, exports and in the work report.

    Attributes:
        superior: the city above it, as the report names it, such as 示范地区; place: its own place, such as 示范市.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: str = "民政局"
    en: str = "Civil Affairs Bureau"
    superior: str | None = None
    place: str | None = None


class DistrictSettings(BaseModel):
    """What differs in one district.

    Attributes:
        plugins: the plugins of the district; None takes those of the whole service.
        name: what the district is called in lists of endpoints; None takes its division's name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    plugins: OptionalNames = None
    name: str | None = None


class S3Settings(BaseModel):
    """How to reach the bucket of documents; what is left out comes from `AWS_*` in the environment.

    Attributes:
        endpoint: None is Amazon's own.
        virtual_hosted: the bucket is part of the host's name, as Aliyun OSS wants it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    endpoint: str | None = None
    region: str | None = None
    access_key_id: str | None = None
    secret_access_key: SecretStr | None = None
    virtual_hosted: bool = False


class Settings(BaseSettings):
    """Everything that can be set.

    Attributes:
        config: the settings file; None reads `minzheng.toml` of the working folder when there is one.
        var: the folder of what the service keeps beside its database: keys, the SQLite file.
        documents: where files are kept, a folder or `s3://bucket/prefix`; s3: how to reach that bucket.
        plugins: None enables every bundled plugin that is installed.
        districts: by 12-digit division code.
        dev: accept development tokens, and a fixed business date.
        today: the business date, only with `dev`.
        jwks: the identity provider's keys, a file or an http(s) URL.
        hook_seconds: how long a plugin may take to handle one event.
        simulation_seconds: how long one simulation may take.

    Raises:
        StartupError: names each setting at fault and what is wrong with it.
    """

    model_config = SettingsConfigDict(
        env_prefix="MINZHENG_", env_nested_delimiter="__", extra="forbid", frozen=True, validate_default=False
    )

    config: Path | None = None
    var: Folder = Field(default_factory=default_var)
    database: str = Field(default_factory=lambda data: f"sqlite:///{data['var'] / 'minzheng.db'}")
    keys_file: Path | None = Field(default_factory=lambda data: data["var"] / "keys.json")
    documents: str = Field(default_factory=lambda data: str(data["var"] / "documents"), min_length=1)
    s3: S3Settings = S3Settings()
    plugins: OptionalNames = None
    districts: dict[str, DistrictSettings] = Field(default_factory=dict)
    dev: bool = False
    today: date | None = None
    jwks: str | None = None
    issuer: str | None = None
    audience: str = Field(default="minzheng", min_length=1)
    algorithms: Names = Field(default=["RS256", "ES256"], min_length=1)
    id_searches_per_minute: int = Field(default=30, ge=1)
    hook_seconds: float = Field(default=5, gt=0, allow_inf_nan=False)
    simulation_seconds: float = Field(default=30, gt=0, le=3600, allow_inf_nan=False)
    cors_origins: Names = []
    bureau: BureauNames = BureauNames()

    def __init__(self, **flags: Any) -> None:
        try:
            super().__init__(**flags)
        except ValidationError as error:
            raise StartupError("\n".join(_told(detail) for detail in _faults(error))) from None
        except SettingsError as error:
            raise StartupError(
                f"环境变量无法读取 / an environment variable cannot be read: {error}"
            ) from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        flags = init_settings.init_kwargs if isinstance(init_settings, InitSettingsSource) else {}
        file = InitSettingsSource(settings_cls, dict(_from_file(flags.get("config"))))
        return init_settings, env_settings, file

    @property
    def keys(self) -> Path:
        """The key file, settled."""
        return self.keys_file or self.var / "keys.json"

    @field_validator("database")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql://")):
            raise _bad("应以 sqlite:/// 或 postgresql:// 开头", "must start with sqlite:/// or postgresql://")
        return value

    @field_validator("documents")
    @classmethod
    def _folder_or_bucket(cls, value: str) -> str:
        if re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{2,62}(/[A-Za-z0-9._/-]*)?", value):
            return value
        if "://" in value:
            raise _bad("应为文件夹或 s3://桶/前缀", "must be a folder or s3://bucket/prefix")
        return str(Path(value).expanduser().absolute())

    @field_validator("algorithms")
    @classmethod
    def _asymmetric(cls, value: list[str]) -> list[str]:
        for name in value:
            if name not in ALGORITHMS:
                known = ", ".join(ALGORITHMS)
                raise _bad(f"不支持签名算法 {name}", f"{name} is not supported; known are {known}")
        return value

    @field_validator("districts")
    @classmethod
    def _by_code(cls, value: dict[str, DistrictSettings]) -> dict[str, DistrictSettings]:
        for code in value:
            if not re.fullmatch(r"[0-9]{12}", code):
                raise _bad(f"{code} 不是 12 位区划代码", f"{code} is not a division code of 12 digits")
        return value

    @model_validator(mode="after")
    def _today_only_in_development(self) -> Settings:
        if self.today and not self.dev:
            raise StartupError(
                "设置 today 仅可在开发模式（--dev）下使用 / "
                "setting today is for development only: add --dev or remove it"
            )
        return self


def _from_file(flag: Any) -> Mapping[str, Any]:
    """What the settings file says; one that was asked for by name must be there."""
    named = flag or os.environ.get(CONFIG_VARIABLE)
    path = Path(named or CONFIG_NAME)
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        if named:
            raise StartupError(f"没有设置文件 {path} / there is no settings file {path}") from None
        return {}
    except (OSError, ValueError) as error:
        raise StartupError(
            f"设置文件 {path} 无法读取 / the settings file {path} cannot be read: {error}"
        ) from None


_ZH = {
    "extra_forbidden": "没有这个设置",
    "int_parsing": "应为整数",
    "int_type": "应为整数",
    "float_parsing": "应为数字",
    "float_type": "应为数字",
    "bool_parsing": "应为 true 或 false",
    "bool_type": "应为 true 或 false",
    "string_type": "应为文本",
    "list_type": "应为列表",
    "date_from_datetime_parsing": "应为日期，如 2022-09-01",
    "date_parsing": "应为日期，如 2022-09-01",
    "greater_than": "数值过小",
    "greater_than_equal": "数值过小",
}


def _faults(error: ValidationError) -> list[ErrorDetails]:
    """The settings at fault, without those that only depend on one of them."""
    return [detail for detail in error.errors() if detail["type"] != "default_factory_not_called"]


def _told(detail: ErrorDetails) -> str:
    """One fault in both languages. The value itself stays out: it may hold a password."""
    name = ".".join(str(part) for part in detail["loc"])
    context = detail.get("ctx", {})
    unknown = detail["type"] == "extra_forbidden"
    zh = context.get("zh") or _ZH.get(detail["type"], "值不合格")
    en = context.get("en") or ("there is no such setting" if unknown else detail["msg"])
    return f"设置 {name}：{zh} / setting {name}: {en}"
