"""Upload a folder to the Hub with huggingface_hub; the token comes from the environment only."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from forgetdemo.files.checkpoint import MANIFEST

HUB = "https://huggingface.co"  # where people read; HF_ENDPOINT only says where to upload
TOKEN = "HF_TOKEN"  # nosec B105
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?")
STARTER = {".gitattributes", "README.md"}  # what the Hub puts into a new repository
QUIET = {  # read when huggingface_hub is imported
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_XET": "1",  # plain HTTP does for a few megabytes, and leaves no cache behind
}
REASONS = {
    401: f"the token in {TOKEN} was refused; make one with write permission",
    404: "there is no such user or organisation, or the token cannot see it",
    413: "the folder is too large",
    429: "too many requests; try again in an hour",
}


@dataclass(frozen=True)
class Kind:
    """A kind of repository on the Hub."""

    repo: str  # the Hub's own word for it
    noun: str
    ours: frozenset[str]  # files that together say that it was made here
    plan: Mapping[int, str]  # answers that are about rights and plans, besides `REASONS`


SPACE = Kind(
    "space",
    "Space",
    frozenset({MANIFEST}),
    {
        402: "the account's plan does not include such a Space; a --static one is free",
        403: "the token or the account's plan does not allow it; a --static Space is free",
    },
)
MODEL = Kind(
    "model",
    "model repository",
    frozenset({MANIFEST, "report.json", "before.onnx", "after.onnx"}),
    {403: "the token does not allow it; make one with write permission"},
)


def silence() -> None:
    """Set in this process's environment what keeps huggingface_hub quiet; call before its import.

    Its telemetry, progress bars and second way of uploading are off then.
    """
    os.environ |= QUIET


def check_name(name: str, flag: str) -> None:
    """Refuse what cannot be a repository's name.

    Args:
        name: USER/NAME.
        flag: that it was given by, for the message.
    Raises:
        ValueError: it is not.
    """
    parts = name.split("/")
    if len(parts) != 2 or not all(
        NAME.fullmatch(p) and not re.search(r"--|\.\.", p) for p in parts
    ):
        raise ValueError(
            f"{flag} takes USER/NAME of letters, digits and - . _ in between, got {name!r}"
        )


def check_push(name: str, environment: Mapping[str, str] | None = None) -> str:
    """Refuse a push that cannot work, before anything is built.

    Args:
        name: USER/NAME.
        environment: default: the process's own.
    Returns:
        The token.
    Raises:
        ValueError: no USER/NAME, or no token; the token itself is never repeated.
    """
    check_name(name, "--push")
    token = (os.environ if environment is None else environment).get(TOKEN, "").strip()
    if not token:
        raise ValueError(
            f"--push needs a token with write permission in the environment variable {TOKEN}"
        )
    return token


def push(folder: Path, name: str, kind: Kind, token: str, sdk: str | None = None) -> str:
    """Make the repository if it is new, and make its files those of the folder.

    Args:
        folder: as a command of ours wrote it; all of it is uploaded.
        name: USER/NAME.
        kind: of repository.
        token: as `check_push` returned it.
        sdk: of a Space: "gradio" or "static"; counts for a new one, later README.md does.
    Returns:
        The repository's address.
    Raises:
        ValueError: a repository of that name holds something else.
        OSError: offline, or the Hub refused; one sentence.
    """
    silence()
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, errors

    unreachable = errors.HTTPError  # type: ignore[attr-defined]  # its HTTP client's own family
    hub = HfApi(token=token)
    try:
        address = hub.create_repo(name, repo_type=kind.repo, space_sdk=sdk, exist_ok=True)
        present = set(hub.list_repo_files(name, repo_type=kind.repo))
        if present - STARTER and not kind.ours <= present:
            foreign = sorted(present - STARTER)[0]
            raise ValueError(
                f"the {kind.noun} {name} holds {foreign} and was not made by this command; "
                "choose another name"
            )
        paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        named = {path.relative_to(folder).as_posix(): path for path in paths}
        gone = sorted(present - set(named) - {".gitattributes"})  # of an older version
        hub.create_commit(  # one, so that no half of a version is ever built
            name,
            [
                *(CommitOperationAdd(place, path) for place, path in named.items()),
                *(CommitOperationDelete(place) for place in gone),
            ],
            commit_message="Publish forgetdemo",
            repo_type=kind.repo,
        )
    except (unreachable, OSError, RuntimeError) as failure:
        # a large file's failure comes wrapped, as threads upload them
        error = failure.__cause__ if isinstance(failure, RuntimeError) else failure
        if isinstance(error, errors.HfHubHTTPError):
            reason = reason_of(error, kind)
        elif isinstance(error, errors.OfflineModeIsEnabled):
            reason = "HF_HUB_OFFLINE is set; unset it"
        elif isinstance(error, unreachable | OSError):
            reason = "the Hub cannot be reached; are you online?"
        else:
            raise
        raise OSError(f"cannot push {name}: {reason}") from failure
    return str(address)


def reason_of(error: Exception, kind: Kind) -> str:
    """What an answer of the Hub means, with its own words where it has some."""
    response = getattr(error, "response", None)
    code = getattr(response, "status_code", 0)
    said = " ".join(str(getattr(error, "server_message", None) or "").split())[:200]
    known = {**REASONS, **kind.plan}
    words = known.get(code, "the Hub failed" if code >= 500 else "the Hub refused")
    return f"{words} (HTTP {code}{f': {said}' if said else ''})"
