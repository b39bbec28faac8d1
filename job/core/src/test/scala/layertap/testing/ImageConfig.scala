package layertap.testing

import java.util.{List => JavaList}
import layertap.config.JobConfigLoader
import layertap.input.feed.FeedConversion
import layertap.input.image.ImageOptions

/** Image options as a configuration spells them: `size = [2, 3], fit = crop`. */
object ImageConfig {
  def conversion(text: String): FeedConversion.Image = {
    val feed = s"{ input = x, column = x, image { $text } }"
    val rest = "model.path = m\ninput.path = i\nfeatures = f\noutput.path = o"
    val config =
      JobConfigLoader.load(s"layertap {\n$rest\nfeeds = [$feed]\n}", "a.conf", JavaList.of())
    config.feeds.get(0).conversion.asInstanceOf[FeedConversion.Image]
  }

  def options(text: String): ImageOptions = conversion(text).options
}
