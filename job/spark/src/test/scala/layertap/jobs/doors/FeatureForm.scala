package layertap.jobs.doors

/** What a feature asks for besides its tensor, and what becomes of a row's values by that. */
final case class FeatureForm(pool: String, normalize: String, as: String, store: String) {

  /** As a configuration has it. */
  def setting: String =
    s"pool = $pool, normalize = $normalize, as = $as, store = $store"

  /** The largest difference that is none, of the feature's largest value. */
  def tolerance: Double = store match {
    case "float16"  => 1e-3
    case "bfloat16" => 8e-3
    case _          => 3e-5
  }

  /** @param steps that count, if the first axis is that of steps of which some were added */
  def of(row: FeatureForm.Shaped, steps: Option[Range]): FeatureForm.Shaped =
    normalized(if (pool == "none") row else pooled(row, steps))

  private def pooled(row: FeatureForm.Shaped, steps: Option[Range]): FeatureForm.Shaped = {
    val channels = row.shape.last
    val places = row.values.grouped(channels).toSeq
    val counted = steps.fold(places)(_.map(places))
    val values =
      if (counted.isEmpty) Seq.fill(channels)(0.0)
      else
        pool match {
          case "avg"   => counted.transpose.map(each => each.sum / each.size)
          case "max"   => counted.transpose.map(_.max)
          case "first" => counted.head
          case "last"  => counted.last
        }
    FeatureForm.Shaped(Seq(channels), values)
  }

  private def normalized(row: FeatureForm.Shaped): FeatureForm.Shaped =
    if (normalize == "none") row
    else {
      val norm = math.sqrt(math.max(row.values.map(value => value * value).sum, 1e-12))
      row.copy(values = row.values.map(_ / norm))
    }
}

object FeatureForm {

  /** Values in row-major order. */
  final case class Shaped(shape: Seq[Int], values: Seq[Double])
}
