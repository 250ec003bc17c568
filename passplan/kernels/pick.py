"""Places at random for the annealing kernel: of one contact, of a split one's parts, of a chain, and of a group."""

import numpy as np

from passplan.kernels.compiling import njit
from passplan.kernels.evaluate import (
    AT,
    GONE_IN,
    PLACED_CONTACT,
    PLACED_END,
    PLACED_IN,
    PLACED_OPTION,
    PLACED_ROW,
    PLACED_START,
    Move,
    release,
)
from passplan.kernels.free import edge_of_end, edge_of_start, room_until
from passplan.kernels.rows import first_ending_after
from passplan.kernels.timetable import (
    AFTER_ANTENNAS,
    AFTER_CONTACTS,
    AFTER_LINKS,
    AFTER_MEMBERS,
    AFTER_OPTIONS,
    AFTER_TASKS,
    AGENCY,
    CHANNELS,
    CONTACT,
    END,
    FIRST_ANTENNA,
    FIRST_CHANNEL,
    FIRST_CONTACT,
    FIRST_LINK,
    FIRST_MEMBER,
    FIRST_OPTION,
    FIRST_TASK,
    FIXED,
    FROM,
    GAP,
    HELD,
    HELD_END,
    HELD_START,
    HIGH,
    LEAST,
    LINK_TASK,
    LOW,
    OF_TASK,
    OPTION,
    PART_LEAST,
    PER_SECOND,
    SETUP,
    SPACING,
    STAGE,
    START,
    TEARDOWN,
    WANTED,
    Floats,
    Integers,
    Tasks,
    Timetable,
)

RANDOM_START, EARLIER_EDGE = 0.3, 0.65  # of the starts: anywhere, at an edge before, or else at one after
FITTED = 0.4  # of the contacts of elastic length: those that take free time alone
_CANDIDATES = 120  # places of one chain or split task at most; of more options, some are left out at random


@njit()
def _place(
    tasks: Tasks, table: Timetable, move: Move, k: int, contact: int, option: int, least: int, most: int, number: int
) -> bool:
    """Pick a start and a length for a contact in an option as placement `k`; false when the option is too short."""
    options, antennas, events, firsts, used = tasks.options, tasks.antennas, table.events, table.first, table.used
    task = table.contacts[contact, OF_TASK]
    low, high = options[option, LOW], options[option, HIGH]
    most = min(most, high - low)
    if most < least:
        return False
    row = tasks.tasks[task, FIRST_CHANNEL]
    if tasks.tasks[task, CHANNELS] > 1:
        row += int(np.random.random() * tasks.tasks[task, CHANNELS])
    length = most
    elastic = least < most
    if elastic and np.random.random() < 0.5:
        length = least + int(np.random.random() * (most - least + 1))
    last = high - length
    start = low + int(np.random.random() * (last - low + 1))
    which = np.random.random()
    if which >= RANDOM_START:
        if which < EARLIER_EDGE:
            start = edge_of_start(options, antennas, events, firsts, used, option, row, start)
        else:
            end = edge_of_end(options, antennas, events, firsts, used, option, row, start + length)
            start = max(low, end - length)
    if elastic and np.random.random() < FITTED:
        until = room_until(options, antennas, events, firsts, used, option, row, start)
        if until - start >= least:
            length = min(most, until - start)
    if start < low or start + length > high:
        return False
    move.placed[k, PLACED_CONTACT] = contact
    move.placed[k, PLACED_OPTION] = option
    move.placed[k, PLACED_START] = start
    move.placed[k, PLACED_END] = start + length
    move.placed[k, PLACED_ROW] = row
    move.marks[contact, PLACED_IN] = number
    move.marks[contact, AT] = k
    return True


@njit()
def _any_option(tasks: Tasks, task: int) -> int:
    first, after = tasks.tasks[task, FIRST_OPTION], tasks.tasks[task, AFTER_OPTIONS]
    return int(first + int(np.random.random() * (after - first)))


@njit()
def pick_single(tasks: Tasks, table: Timetable, move: Move, task: int, number: int) -> int:
    """Pick a place for the one contact of a task."""
    first, after = tasks.tasks[task, FIRST_OPTION], tasks.tasks[task, AFTER_OPTIONS]
    option = first + int(np.random.random() * (after - first))
    contact, least, most = tasks.tasks[task, FIRST_CONTACT], tasks.tasks[task, LEAST], tasks.tasks[task, WANTED]
    return int(_place(tasks, table, move, 0, contact, option, least, most, number))


@njit()
def pick_part(tasks: Tasks, table: Timetable, move: Move, task: int, number: int) -> int:
    """Pick another place for one part of a split task, or a place for one part more."""
    row = tasks.tasks[task]
    contact = row[FIRST_CONTACT] + int(np.random.random() * (row[AFTER_CONTACTS] - row[FIRST_CONTACT]))
    total, parts = 0, 0
    for other in range(row[FIRST_CONTACT], row[AFTER_CONTACTS]):
        if other != contact and table.contacts[other, OPTION] >= 0:
            total += table.contacts[other, END] - table.contacts[other, START]
            parts += 1
    release(table.contacts, move.marks, move.gone, move.gone_count, contact, number)
    least = row[LEAST] - total
    if parts > 0:
        least = max(least, row[PART_LEAST])
    return int(_place(tasks, table, move, 0, contact, _any_option(tasks, task), least, row[WANTED] - total, number))


@njit()
def _loss(tasks: Tasks, table: Timetable, move: Move, k: int, number: int) -> float:
    """About how much value is lost by removing what is in the way of a placement; infinite where it cannot be."""
    place = move.placed[k]
    option = tasks.options[place[PLACED_OPTION]]
    loss = 0.0
    row, low, high = place[PLACED_ROW], place[PLACED_START], place[PLACED_END]
    previous = -1
    for a in range(option[FIRST_ANTENNA] - 1, option[AFTER_ANTENNAS]):
        if a >= option[FIRST_ANTENNA]:
            row = tasks.antennas[a]
            low, high = place[PLACED_START] - option[SETUP], place[PLACED_END] + option[TEARDOWN]
        after = table.first[row] + table.used[row]
        event = first_ending_after(table.events, table.first[row], after, low)
        while event < after and table.events[event, FROM] < high:
            contact = table.events[event, CONTACT]
            if contact == HELD:
                return np.inf
            if contact != previous and move.marks[contact, GONE_IN] != number:
                task = table.contacts[contact, OF_TASK]
                seconds = table.contacts[contact, END] - table.contacts[contact, START]
                loss += tasks.value[task, FIXED] + _per_second(tasks, table, task) * seconds
            previous = contact
            event += 1
    return float(loss)


@njit()
def _per_second(tasks: Tasks, table: Timetable, task: int) -> float:
    """The value of a second of a task, with what it takes from the fairness penalty."""
    agency = tasks.tasks[task, AGENCY]
    slope = 2.0 * tasks.penalty.squares * max(0.0, table.unserved[agency]) * tasks.share[agency]
    return float(tasks.value[task, PER_SECOND] + slope)


@njit()
def _noise(temperature: float) -> float:
    """A number from Gumbel's distribution, so that the best of several values is taken as often as Boltzmann says."""
    return float(-temperature * np.log(-np.log(np.random.random() + 1e-300) + 1e-300))


@njit()
def pick_split(tasks: Tasks, table: Timetable, move: Move, task: int, number: int, temperature: float) -> int:
    """Pick places for all parts of a split task, those first that cost least for each of their seconds."""
    row = tasks.tasks[task]
    first, after = row[FIRST_OPTION], row[AFTER_OPTIONS]
    contact = row[FIRST_CONTACT]
    most_parts = row[AFTER_CONTACTS] - contact
    for part in range(contact, row[AFTER_CONTACTS]):
        release(table.contacts, move.marks, move.gone, move.gone_count, part, number)
    starts = np.empty((after - first, 3), dtype=np.int64)
    costs = np.empty(after - first)
    keep = min(1.0, _CANDIDATES / (after - first))
    for option in range(first, after):
        costs[option - first] = np.inf
        if keep < 1.0 and np.random.random() > keep:
            continue
        if _place(tasks, table, move, 0, contact, option, row[PART_LEAST], row[WANTED], number):
            seconds = move.placed[0, PLACED_END] - move.placed[0, PLACED_START]
            starts[option - first, 0] = move.placed[0, PLACED_START]
            starts[option - first, 1] = move.placed[0, PLACED_END]
            starts[option - first, 2] = move.placed[0, PLACED_ROW]
            loss = _loss(tasks, table, move, 0, number)
            costs[option - first] = (loss + _noise(temperature)) / min(seconds, row[WANTED])
    move.marks[contact, PLACED_IN] = 0
    total, parts = 0, 0
    for _ in range(after - first):
        k = int(costs.argmin())
        cost = costs[k]
        costs[k] = np.inf
        if cost == np.inf or parts == most_parts or total >= row[WANTED] - row[PART_LEAST]:
            break
        start, end = starts[k, 0], min(starts[k, 1], starts[k, 0] + row[WANTED] - total)
        free = True
        for j in range(parts):
            if start < move.placed[j, PLACED_END] and move.placed[j, PLACED_START] < end:
                free = False
        if not free or end - start < row[PART_LEAST]:
            continue
        move.placed[parts, PLACED_CONTACT] = contact + parts
        move.placed[parts, PLACED_OPTION] = first + k
        move.placed[parts, PLACED_START] = start
        move.placed[parts, PLACED_END] = end
        move.placed[parts, PLACED_ROW] = starts[k, 2]
        move.marks[contact + parts, PLACED_IN] = number
        move.marks[contact + parts, AT] = parts
        parts += 1
        total += end - start
        if total >= row[LEAST] and np.random.random() < 0.3:
            break
    return parts if total >= row[LEAST] else 0


@njit()
def pick_group(tasks: Tasks, table: Timetable, move: Move, group: int, number: int) -> int:
    """Pick places for one task of each member of a group; 0 when one of them gets none."""
    placed = 0
    for member in range(tasks.groups[group, FIRST_MEMBER], tasks.groups[group, AFTER_MEMBERS]):
        first, after = tasks.members[member, FIRST_TASK], tasks.members[member, AFTER_TASKS]
        if first == after:
            return 0
        task = tasks.member_tasks[first + int(np.random.random() * (after - first))]
        row = tasks.tasks[task]
        if row[FIRST_OPTION] == row[AFTER_OPTIONS]:
            return 0
        done = False
        for _ in range(3):
            option = _any_option(tasks, task)
            if _place(tasks, table, move, placed, row[FIRST_CONTACT], option, row[LEAST], row[WANTED], number):
                done = True
                break
        if not done:
            return 0
        placed += 1
    return placed


@njit()
def _sort_by_start(candidates: Integers, worth: Floats, begin: int, after: int) -> None:
    """Sort the candidates of a stage by their start; they nearly are."""
    for k in range(begin + 1, after):
        j = k
        while j > begin and candidates[j - 1, 1] > candidates[j, 1]:
            for c in range(5):
                candidates[j - 1, c], candidates[j, c] = candidates[j, c], candidates[j - 1, c]
            worth[j - 1], worth[j] = worth[j], worth[j - 1]
            j -= 1


@njit()
def pick_chain(tasks: Tasks, table: Timetable, move: Move, chain: int, number: int, temperature: float) -> int:
    """Pick places for all contacts of a chain: of one candidate in each window, the run with the most value."""
    first, after = tasks.chains[chain, FIRST_LINK], tasks.chains[chain, AFTER_LINKS]
    spacing, gap = tasks.chains[chain, SPACING], tasks.chains[chain, GAP]
    for k in range(first, after):
        task = tasks.links[k, LINK_TASK]
        if task >= 0:
            release(table.contacts, move.marks, move.gone, move.gone_count, tasks.tasks[task, FIRST_CONTACT], number)
    stages = tasks.links[after - 1, STAGE] + 1
    sizes = np.zeros(stages, dtype=np.int64)
    heads = np.full(stages, -1, dtype=np.int64)  # of each stage the first link; of a held contact it alone
    total = 0
    for k in range(first, after):
        stage = tasks.links[k, STAGE]
        sizes[stage] += 1
        if heads[stage] < 0:
            heads[stage] = k
            task = tasks.links[k, LINK_TASK]
            total += 1 if task < 0 else tasks.tasks[task, AFTER_OPTIONS] - tasks.tasks[task, FIRST_OPTION]
    most = sizes.max()
    if total == 0:
        return 0
    keep = min(1.0, _CANDIDATES / total)
    # Columns: option, start, end, channel, stage
    candidates = np.empty((total, 5), dtype=np.int64)
    worth = np.empty(total)
    best = np.full((total, most), -np.inf)
    before = np.full((total, most), -1, dtype=np.int64)
    count, previous_held = 0, -1
    last, last_count, last_value = -1, 0, 0.0
    for stage in range(stages):
        link = heads[stage]
        if link < 0:
            continue
        task = tasks.links[link, LINK_TASK]
        begin = count
        if task < 0:
            candidates[count, 0] = -1
            candidates[count, 1] = tasks.links[link, HELD_START]
            candidates[count, 2] = tasks.links[link, HELD_END]
            candidates[count, 4] = stage
            worth[count] = 0.0
            count += 1
        else:
            row = tasks.tasks[task]
            for option in range(row[FIRST_OPTION], row[AFTER_OPTIONS]):
                if keep < 1.0 and np.random.random() > keep:
                    continue
                if not _place(tasks, table, move, 0, row[FIRST_CONTACT], option, row[LEAST], row[WANTED], number):
                    continue
                loss = _loss(tasks, table, move, 0, number)
                if loss == np.inf:
                    continue
                seconds = move.placed[0, PLACED_END] - move.placed[0, PLACED_START]
                candidates[count, 0] = option
                candidates[count, 1] = move.placed[0, PLACED_START]
                candidates[count, 2] = move.placed[0, PLACED_END]
                candidates[count, 3] = move.placed[0, PLACED_ROW]
                candidates[count, 4] = stage
                worth[count] = (
                    tasks.value[task, FIXED]
                    + _per_second(tasks, table, task) * seconds
                    - loss
                    + _noise(0.3 * temperature)
                )
                count += 1
            move.marks[row[FIRST_CONTACT], PLACED_IN] = 0
        _sort_by_start(candidates, worth, begin, count)
        for k in range(begin, count):
            start = candidates[k, 1]
            held = candidates[k, 0] < 0
            if previous_held < 0:
                best[k, 0] = worth[k]  # the first of the run
            for j in range(count):
                if (
                    j == k
                    or candidates[j, 4] > stage
                    or (previous_held >= 0 and candidates[j, 4] < candidates[previous_held, 4])
                ):
                    continue
                both_held = held and candidates[j, 0] < 0
                space = start - candidates[j, 2]
                if not both_held and (space < spacing or (gap >= 0 and space > gap)):
                    continue
                if candidates[j, 4] == stage:
                    if held:
                        continue
                    for c in range(1, sizes[stage]):
                        if best[j, c - 1] + worth[k] > best[k, c]:
                            best[k, c] = best[j, c - 1] + worth[k]
                            before[k, c] = j * most + c - 1
                else:
                    for c in range(sizes[candidates[j, 4]]):
                        if best[j, c] + worth[k] > best[k, 0]:
                            best[k, 0] = best[j, c] + worth[k]
                            before[k, 0] = j * most + c
            if held and best[k, 0] == -np.inf:
                return 0
        if task < 0:
            previous_held = begin
    # The end of the run: anywhere from the last held contact on
    for k in range(count):
        if previous_held >= 0 and candidates[k, 4] < candidates[previous_held, 4]:
            continue
        for c in range(sizes[candidates[k, 4]]):
            if (best[k, c] > last_value or (previous_held >= 0 and last < 0)) and best[k, c] > -np.inf:
                last, last_count, last_value = k, c, best[k, c]
    placed = 0
    while last >= 0:
        stage = candidates[last, 4]
        if candidates[last, 0] >= 0:
            task = tasks.links[heads[stage] + last_count, LINK_TASK]
            shift = candidates[last, 0] - tasks.tasks[tasks.links[heads[stage], LINK_TASK], FIRST_OPTION]
            contact = tasks.tasks[task, FIRST_CONTACT]
            move.placed[placed, PLACED_CONTACT] = contact
            move.placed[placed, PLACED_OPTION] = tasks.tasks[task, FIRST_OPTION] + shift
            move.placed[placed, PLACED_START] = candidates[last, 1]
            move.placed[placed, PLACED_END] = candidates[last, 2]
            move.placed[placed, PLACED_ROW] = candidates[last, 3]
            move.marks[contact, PLACED_IN] = number
            move.marks[contact, AT] = placed
            placed += 1
        back = before[last, last_count]
        if back < 0:
            break
        last, last_count = back // most, back % most
    return placed
