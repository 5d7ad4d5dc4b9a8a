"""A model a role: the only place that knows which model speaks for whom."""

from collections.abc import Iterable, Mapping

from coach.domain.vocabulary import Role
from coach.models.base import Model, Reply, Request


class RoutedModel:
    """Sends each request to its role's model."""

    def __init__(self, name: str, default: Model, by_role: Mapping[Role, Model] | None = None) -> None:
        """Take the name of the whole, the model of most roles, and the others."""
        self.name = name
        self._default = default
        self._by_role = dict(by_role or {})

    def of(self, role: Role) -> Model:
        """Return the model that speaks for ``role``."""
        return self._by_role.get(role, self._default)

    def all(self) -> Iterable[Model]:
        """Return every model once."""
        return {id(m): m for m in (self._default, *self._by_role.values())}.values()

    async def complete(self, request: Request) -> Reply:
        """Answer with the role's model."""
        return await self.of(request.role).complete(request)

    async def close(self) -> None:
        """Close every model."""
        for model in self.all():
            await model.close()
