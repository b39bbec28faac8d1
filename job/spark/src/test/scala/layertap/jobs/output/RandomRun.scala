package layertap.jobs.output

/** A run of a random history: what it reads, which of that is bad, and how. */
final case class RandomRun(
    mode: String,
    onInvalid: String,
    budget: Double,
    ids: Set[Int],
    bad: Set[Int],
    settings: Seq[String]
) {
  val isKeeping: Boolean = onInvalid == "keep"

  /** What it must leave of rows and invalid ones; none if it is refused. */
  def outcome(before: Option[RandomOutput]): Option[RandomOutput] = {
    val there = before.filter(_ => adds).getOrElse(RandomOutput(Set(), Set(), isKeeping))
    val read = if (mode == "resume") ids -- there.all else ids
    val invalid = read & bad
    val good = read -- bad
    val written = if (isKeeping) read else good
    val isRefused = (mode == "error" && before.isDefined) ||
      (onInvalid == "error" && invalid.nonEmpty) ||
      (invalid.size > budget * read.size) ||
      (onInvalid == "skip" && invalid.nonEmpty && written.isEmpty && there.all.isEmpty) ||
      (mode == "overwrite" && written.isEmpty && before.exists(_.all.nonEmpty)) ||
      (there.hasErrors != isKeeping)
    Option.when(!isRefused)(
      RandomOutput(there.good ++ good, there.invalid ++ (written & bad), isKeeping)
    )
  }

  def adds: Boolean = mode == "append" || mode == "resume"

  /** Whether it is refused where a run of it that was killed published it. */
  def mayBeRefusedOnceThere: Boolean = mode == "error" || mode == "append"

  /** Chunks before the one in which it fails are published. */
  def mayLeavePart: Boolean = mode == "resume"
}

/** The rows that an output has, by what they are, and whether it has a column of errors. */
final case class RandomOutput(good: Set[Int], invalid: Set[Int], hasErrors: Boolean) {
  def all: Set[Int] = good ++ invalid
}
