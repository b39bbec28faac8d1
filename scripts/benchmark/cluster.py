"""A job on a cluster, on paper: tasks of rows on many executors, simulated from what a row, an opening of the model
and a task cost. Executors differ in speed, some tasks take much longer than others, and Spark's driver hands tasks
out one after another. Prints for each size of tasks how long the job takes, and which share of the cores' time goes
into rows. The same figures give the same table."""

import argparse
import heapq
import random


def simulate(arguments, rows_per_task):
    """Seconds until the last task is done, with speculation as Spark's: a task that takes far longer than the others
    is started once more on an idle core, and the first to end counts."""
    chance = random.Random(arguments.seed)
    cores = arguments.executors * arguments.cores
    speeds = [max(0.5, chance.gauss(1, arguments.spread)) for _ in range(arguments.executors)]
    tasks = -(-arguments.rows // rows_per_task)
    dispatch = 1 / arguments.tasks_per_second
    # Cores that are idle from a time on; the first to ask is the first to get a task.
    idle = [(arguments.start, core) for core in range(cores)]
    open_from = {}
    driver = end_of_all = arguments.start
    for task in range(tasks):
        free, core = heapq.heappop(idle)
        driver = max(driver, free) + dispatch
        executor = core // arguments.cores
        count = min(rows_per_task, arguments.rows - task * rows_per_task)
        usual = arguments.task_seconds + count * arguments.row_seconds
        seconds = usual / speeds[executor]
        # The first task of an executor opens the model, and its other first tasks wait for it.
        seconds += max(0, open_from.setdefault(executor, driver + arguments.open_seconds) - driver)
        if chance.random() < arguments.stragglers:
            slow = seconds * arguments.slowdown
            # Noticed at one and a half times the median, and then done anew.
            seconds = min(slow, 1.5 * usual + usual + arguments.task_seconds) if arguments.speculation else slow
        end = driver + seconds
        end_of_all = max(end_of_all, end)
        heapq.heappush(idle, (end, core))
    return tasks, end_of_all


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench cluster", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000_000, help="rows of the job")
    parser.add_argument("--executors", type=int, default=100)
    parser.add_argument("--cores", type=int, default=16, help="tasks at once of each executor")
    parser.add_argument("--row-seconds", type=float, default=0.0132, help="of one core for a row, with its decoding")
    parser.add_argument("--task-seconds", type=float, default=0.04, help="of one core for a task, beside its rows")
    parser.add_argument("--open-seconds", type=float, default=1.5, help="until an executor has the model open")
    parser.add_argument("--start", type=float, default=20, help="seconds before the first task")
    parser.add_argument("--tasks-per-second", type=float, default=500, help="that Spark's driver hands out")
    parser.add_argument("--spread", type=float, default=0.1, help="standard deviation of the executors' speeds")
    parser.add_argument("--stragglers", type=float, default=0.001, help="share of tasks that take much longer")
    parser.add_argument("--slowdown", type=float, default=10, help="of such a task")
    parser.add_argument("--speculation", action="store_true", help="start such tasks once more (spark.speculation)")
    parser.add_argument("--task-rows", type=int, nargs="+", default=[32, 128, 1000, 10_000, 60_000])
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    cores = arguments.executors * arguments.cores
    ideal = arguments.rows * arguments.row_seconds / cores
    print(f"{arguments.rows:,} rows on {arguments.executors} x {arguments.cores} cores; rows alone: {ideal / 60:.1f} min")
    print(f"{'rows a task':>12} {'tasks':>12} {'minutes':>8} {'share in rows':>14}")
    for rows_per_task in arguments.task_rows:
        tasks, seconds = simulate(arguments, rows_per_task)
        print(f"{rows_per_task:>12,} {tasks:>12,} {seconds / 60:>8.1f} {ideal / seconds:>14.0%}")


if __name__ == "__main__":
    main()
