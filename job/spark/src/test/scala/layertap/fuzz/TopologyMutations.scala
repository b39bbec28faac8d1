package layertap.fuzz

import com.fasterxml.jackson.databind.ObjectMapper
import com.google.protobuf.{ByteString, UnknownFieldSet}
import java.io.ByteArrayOutputStream
import java.nio.file.Files
import java.util.zip.{ZipEntry, ZipOutputStream}
import layertap.testing.TestData
import scala.jdk.CollectionConverters._
import scala.util.Random

/** What tells the layers of a model, changed: `keras_metadata.pb`, and archives as Keras writes. */
final class TopologyMutations(random: Random) {
  import TopologyMutations._

  private val json = new JsonMutations(random)
  private val bytes = new FileMutations(random)

  /** Metadata in which the JSON of one object is another. */
  def metadata(file: Array[Byte]): (Array[Byte], String) = {
    val nodes = UnknownFieldSet.parseFrom(file)
    val all = nodes.getField(Nodes).getLengthDelimitedList.asScala.toVector
    // The first one is the model, whose configuration lists the layers.
    val at = if (random.nextBoolean()) 0 else random.nextInt(all.size)
    val node = UnknownFieldSet.parseFrom(all(at))
    val (text, what) =
      json.mutate(node.getField(Metadata).getLengthDelimitedList.get(0).toStringUtf8)
    val field = UnknownFieldSet.Field.newBuilder.addLengthDelimited(ByteString.copyFromUtf8(text))
    val changed = node.toBuilder.mergeField(Metadata, field.build).build.toByteString
    val others = UnknownFieldSet.Field.newBuilder
    all.updated(at, changed).foreach(others.addLengthDelimited)
    val rest = nodes.toBuilder.clearField(Nodes).addField(Nodes, others.build).build
    (rest.toByteArray, s"metadata of object $at: $what")
  }

  /** An archive, or its text alone, of the model or of one of another model. */
  def archive(model: String): (Array[Byte], String) = {
    val config = configuration(model)
    random.nextInt(12) match {
      case 0 =>
        val (cut, what) = bytes.mutate(zip(config))
        (cut, s"archive $what")
      case 1 => (bombOfBlanks, "a bomb of blanks")
      case 2 => (bombOfBrackets, "a bomb of brackets")
      case 3 => (bombBefore(config), "a bomb before the configuration")
      case 4 =>
        val depth = 1000 + random.nextInt(100000)
        ((("{\"config\":" * depth) + "1" + "}" * depth).getBytes("UTF-8"), s"JSON $depth deep")
      case 5 =>
        val (text, what) = bytes.mutate(config.getBytes("UTF-8"))
        (text, s"JSON $what")
      case _ =>
        val (text, what) = json.mutate(config)
        (zip(text), s"archive, $what")
    }
  }
}

object TopologyMutations {
  private val Nodes = 1
  private val Metadata = 5
  private val Mega = 1 << 20

  private def entry(zip: ZipOutputStream, name: String)(write: => Unit): Unit = {
    zip.putNextEntry(new ZipEntry(name))
    write
  }

  private def zipped(write: ZipOutputStream => Unit): Array[Byte] = {
    val bytes = new ByteArrayOutputStream
    val zip = new ZipOutputStream(bytes)
    write(zip)
    zip.close()
    bytes.toByteArray
  }

  private def zip(config: String): Array[Byte] =
    zipped(zip => entry(zip, "config.json")(zip.write(config.getBytes("UTF-8"))))

  private def filling(zip: ZipOutputStream, byte: Char): Unit = {
    val part = Array.fill(Mega)(byte.toByte)
    (0 until 1024).foreach(_ => zip.write(part))
  }

  // Seconds each to make.
  private lazy val bombOfBlanks = zipped(zip => entry(zip, "config.json")(filling(zip, ' ')))
  private lazy val bombOfBrackets = zipped(zip => entry(zip, "config.json")(filling(zip, '[')))

  private def bombBefore(config: String) = zipped { zip =>
    entry(zip, "model.weights.h5")(filling(zip, ' '))
    entry(zip, "config.json")(zip.write(config.getBytes("UTF-8")))
  }

  /** The configuration of a model, of its twin of Keras 2, or else of any model. */
  def configuration(model: String): String = {
    val stored = TestData.model(s"$model.topology.json")
    if (Files.exists(stored)) Files.readString(stored)
    else {
      val twin = TestData.model(model.replace("keras3", "keras2")).resolve("keras_metadata.pb")
      val any = TestData.model("cnn_functional_keras2").resolve("keras_metadata.pb")
      fromMetadata(Files.readAllBytes(if (Files.exists(twin)) twin else any))
    }
  }

  private def fromMetadata(file: Array[Byte]): String = {
    val text = new String(file, "UTF-8")
    val model = new ObjectMapper().readTree(text.substring(text.indexOf("{\"name\"")))
    model.get("model_config").toString
  }
}
