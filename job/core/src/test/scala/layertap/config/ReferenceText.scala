package layertap.config

import com.typesafe.config.{ConfigFactory, ConfigObject}
import java.io.{InputStream, InputStreamReader}
import scala.io.Source
import scala.jdk.CollectionConverters._
import scala.util.Using

/** What reference.conf says. */
object ReferenceText {
  private def read[A](from: InputStream => A): A =
    Using.resource(classOf[JobConfig].getResourceAsStream("reference.conf"))(from)

  /** The keys that it sets, each with its part. */
  lazy val keys: Seq[String] = {
    val root = read { stream =>
      ConfigFactory.parseReader(new InputStreamReader(stream)).getConfig("layertap").root
    }
    root.asScala.toSeq.flatMap {
      case (part, keys: ConfigObject) => keys.keySet.asScala.map(key => s"$part.$key")
      case (key, _)                   => Seq(key)
    }
  }

  /** Keys and values in the comments on feeds and features. */
  lazy val described: Seq[(String, String)] = {
    val setting = """\s+#\s{3,}(?:target\s+)?([a-z-]+) = (\S+).*""".r
    read(Source.fromInputStream(_, "UTF-8").getLines().toList).collect { case setting(key, value) =>
      key -> value
    }
  }
}
