package layertap.model.saved

import layertap.failure.UserException
import java.nio.file.{Files, Path}
import layertap.graph.Graphs._
import layertap.graph.TensorId
import layertap.testing.SavedModels._
import layertap.testing.{MemoryFiles, TempFolder}
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{DataType, SignatureDef, TensorInfo}
import scala.jdk.CollectionConverters._

class SavedModelReaderTest extends AnyFunSuite {
  // x ─▶ y
  private val relu = graph(placeholder("x"), float("y", "Relu", "x"))
  private val plain = signature(port("in", "x:0"))(port("out", "y:0"))

  private def refused(body: => Any): String = intercept[UserException](body).getMessage

  private def read(files: ModelFiles) = SavedModelReader.readMetaGraphs(files)

  private def select(tags: String*) = {
    val model = files(metaGraph("serve")(relu), metaGraph("serve", "gpu")(relu, "gpu" -> plain))
    SavedModelReader.select(read(model), tags.asJava, "memory")
  }

  test("the MetaGraphs in their order") {
    val model = files(metaGraph("serve")(relu), metaGraph("train")(graph()))
    assert(read(model).asScala.map(_.getMetaInfoDef.getTags(0)) === Seq("serve", "train"))
  }

  test("a folder that is not there") {
    assert(
      refused(read(new LocalModelFiles(Path.of("no/such")))) ===
        "cannot read the model no/such: there is no such directory; check model.path"
    )
  }

  private def notSaved(fact: String, remedy: String) =
    s"cannot read the model memory: it is not a SavedModel, it has no saved_model.pb $fact; $remedy"

  private val nameIt =
    "name the directory that model.export(…), model.save(…) or tf.saved_model.save(…) wrote"

  test("an empty folder") {
    assert(refused(read(MemoryFiles.of())) === notSaved("and is empty", nameIt))
  }

  test("a folder of other files") {
    val names = Seq("a", "b", "c", "d", "e", "f", "v1/saved_model.pb")
    val other = MemoryFiles.of(names.map(_ -> Array[Byte]()): _*)
    assert(refused(read(other)) === notSaved("but a, b, c, d, e", s"$nameIt, such as memory/v1"))
  }

  test("a file of another format") {
    assert(
      refused(read(new LocalModelFiles(Path.of("no/such.keras")))) ===
        "cannot read the model no/such.keras: there is no such directory; check model.path, which" +
        " names a SavedModel's directory: model.export(…) and tf.saved_model.save(…) write one"
    )
  }

  test("a file where a directory should be: what to do with one of its kind") {
    TempFolder.use { folder =>
      def of(name: String): String = {
        val file = Files.writeString(folder.resolve(name), "x")
        val kept = new KeptModelFiles(LocalModelFiles.at(file.toString))
        val start = s"cannot read the model $file: it is a file, not a directory; "
        val message = refused(read(kept))
        assert(message.startsWith(start), message)
        message.stripPrefix(start)
      }
      assert(of("saved_model.pb") === s"name the one that the file is in, $folder")
      Seq("m.zip", "m.tar", "m.tgz", "m.tar.gz").foreach { name =>
        assert(of(name) === "unpack it, and name the directory with saved_model.pb in it")
      }
      Seq("m.keras", "m.h5", "m.weights.h5").foreach { name =>
        assert(
          of(name) === "load it in Keras, write a SavedModel with model.export(…), and name its" +
            " directory"
        )
      }
      Seq("m.tflite", "frozen.pb", "m").foreach { name =>
        assert(
          of(name) === "name a SavedModel's: model.export(…) and tf.saved_model.save(…) write one"
        )
      }
    }
  }

  test("a folder of a SavedModel") {
    TempFolder.use { folder =>
      Seq("variables", "assets").foreach { name =>
        val inner = Files.createDirectory(folder.resolve(name))
        val message = refused(read(LocalModelFiles.at(s"$inner")))
        assert(message.endsWith(s"; $nameIt, such as $folder"), message)
      }
    }
  }

  test("a pointer of Git LFS in place of the file") {
    val pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:1\n".getBytes
    assert(
      refused(
        read(MemoryFiles.of("saved_model.pb" -> pointer))
      ) === "cannot read the model memory:" +
        " saved_model.pb is a pointer of Git LFS, not the file itself; run git lfs pull"
    )
  }

  test("a SavedModel as text") {
    val text = MemoryFiles.of("saved_model.pbtxt" -> Array())
    assert(
      refused(read(text)) ===
        notSaved("but saved_model.pbtxt", "convert saved_model.pbtxt to saved_model.pb")
    )
  }

  Seq(
    "empty" -> Array[Byte](),
    "cut off" -> files(metaGraph("serve")(relu))("saved_model.pb").dropRight(1),
    "something else" -> "PK and more".getBytes
  ).foreach { case (what, bytes) =>
    test(s"a saved_model.pb that is $what") {
      assert(
        refused(
          read(MemoryFiles.of("saved_model.pb" -> bytes))
        ) === "cannot read the model memory: saved_model.pb is damaged or not a " +
          "SavedModel; export or copy the model again"
      )
    }
  }

  test("a saved_model.pb of more than 2 GB") {
    val large = files(metaGraph("serve")(relu)).pretending("saved_model.pb", 1L << 31)
    assert(
      refused(read(large)) === "cannot read the model memory: saved_model.pb has 2147483648 " +
        "bytes, more than a protocol buffer holds; export the model again"
    )
  }

  test("tags in any order, all of them and no others") {
    assert(select("gpu", "serve").containsSignatureDef("gpu"))
    assert(!select("serve").containsSignatureDef("gpu"))
  }

  Seq(Seq("train"), Seq("gpu"), Seq("serve", "gpu", "train"), Seq()).foreach { tags =>
    test(s"tags ${tags.mkString("[", ", ", "]")} that no MetaGraph has") {
      assert(
        refused(select(tags: _*)) === s"cannot use the tags ${tags.mkString("[", ", ", "]")} of " +
          "memory: it has [serve] and [serve, gpu]; set model.tags to one of them"
      )
    }
  }

  test("names of signatures, sorted, without the initialisation") {
    val several =
      metaGraph("serve")(relu, "b" -> plain, "a" -> plain, "__saved_model_init_op" -> plain)
    assert(SavedModelReader.signatureNames(several).asScala === Seq("a", "b"))
  }

  test("a signature that is not there") {
    val several = metaGraph("serve")(relu, "serving_default" -> plain, "embed" -> plain)
    assert(
      refused(SavedModelReader.signature(several, "serve", "memory")) === "cannot use the " +
        "signature 'serve' of memory: it has embed, serving_default; set model.signature to one " +
        "of them"
    )
  }

  test("a model without signatures") {
    assert(
      refused(SavedModelReader.signature(metaGraph("serve")(relu), "s", "memory")) ===
        "cannot use the signature 's' of memory: it has none; export the model with a signature"
    )
  }

  test("a signature whose tensor has no name") {
    val damaged = metaGraph("serve")(relu, "s" -> signature(port("in", "x:y"))())
    assert(
      refused(SavedModelReader.signature(damaged, "s", "memory")) === "cannot use the signature " +
        "'s' of memory: cannot read the tensor name 'x:y': no index after ':'; the model is " +
        "damaged, export it again"
    )
  }

  test("inputs and outputs by their names") {
    val stored = TestData.load("tf1_conv").signature
    assert(stored.inputs.keySet.asScala === Set("image"))
    assert(stored.inputs.get("image").dtype === DataType.DT_FLOAT)
    assert(stored.inputs.get("image").tensor === new TensorId("image", 0))
  }

  test("what is no single tensor is no port") {
    val sparse = TensorInfo.newBuilder
    sparse.getCooSparseBuilder.setValuesTensorName("x:0")
    val mixed = SignatureDef.newBuilder(plain).putInputs("sparse", sparse.build).build
    val read = SavedModelReader.signature(metaGraph("serve")(relu, "s" -> mixed), "s", "memory")
    assert(read.inputs.keySet.asScala === Set("in"))
  }
}
