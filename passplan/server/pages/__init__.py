"""The pages: a module for each noun, with the views that show it and the forms that change it."""

from passplan.server.http import health
from passplan.server.pages import (
    administration,
    agencies,
    contacts,
    live,
    passes,
    problems,
    requests,
    schedule,
    signing,
    stations,
    today,
    world,
)

BLUEPRINTS = (
    health.pages,
    today.pages,
    passes.pages,
    contacts.pages,
    schedule.pages,
    world.pages,
    requests.pages,
    stations.pages,
    agencies.pages,
    administration.pages,
    signing.pages,
    problems.pages,
    live.pages,
)
