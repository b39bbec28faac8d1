package layertap.testing

import scala.util.Random

/** Random numbers that are the same for the same seed, and others for the next one. Those of
  * `new Random(seed)` start alike for neighbouring seeds: thousands of them draw the same of four.
  */
object SeededRandom {
  def of(seed: Long): Random = new Random(seed * 0x9e3779b97f4a7c15L)
}
