package layertap.suggest

import layertap.config.JobConfigLoader
import layertap.model.LoadedModel
import layertap.suggest.SuggestedConfiguration.ModelNames
import layertap.suggest.feed.DescribedColumn.Kind
import layertap.suggest.feed.{DescribedColumn, DescribedInput, PixelAdvice}
import layertap.testing.{MemoryFiles, SavedModels, TestData}
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{DataType, TensorShapeProto}
import scala.jdk.CollectionConverters._

/** What is written for inputs that are described here; whole jobs are in InitCommandTest. */
class SuggestedConfigurationTest extends AnyFunSuite {
  private val noAdvice = new PixelAdvice("", java.util.List.of(), java.util.List.of())
  private val jpeg = Array(0xff, 0xd8, 0xff, 0xe0).map(_.toByte)
  private val png = "\u0089PNG\r\n".getBytes("ISO-8859-1")

  private def list(values: Any*): java.util.List[Any] = values.asJava
  private def floats(count: Int): java.util.List[Any] = list(Seq.fill(count)(0.5f): _*)

  private def column(name: String, kind: Kind, depth: Int = 0, sample: Any = null) =
    new DescribedColumn(name, s"type of $name", kind, depth, sample.asInstanceOf[AnyRef])

  private def number(name: String) = column(name, Kind.NUMBERS, 0, 1.5)
  private def bytes(name: String, sample: Any = jpeg) = column(name, Kind.BYTES, 0, sample)

  private def table(columns: DescribedColumn*): DescribedInput = input("parquet", columns)

  private def input(format: String, columns: Seq[DescribedColumn], isLabelled: Boolean = false) =
    new DescribedInput(
      format,
      "in",
      java.util.Map.of(),
      isLabelled,
      java.util.List.of(),
      java.util.List.of(),
      columns.asJava
    )

  private val photos = input(
    "image-files",
    Seq(
      column("path", Kind.TEXTS),
      column("modificationTime", Kind.OTHER),
      column("length", Kind.WHOLE_NUMBERS),
      bytes("content")
    ),
    isLabelled = true
  )

  private def suggest(
      model: LoadedModel,
      source: DescribedInput,
      isLabelled: Boolean = false,
      advice: PixelAdvice = noAdvice
  ): SuggestedConfiguration = {
    val names = new ModelNames("m", java.util.List.of("serve"), "serving_default", "")
    SuggestedConfiguration.of(names, model, source, _ => advice, isLabelled, "")
  }

  /** The lines of a list of the configuration, comments left out. */
  private def lines(suggested: SuggestedConfiguration, section: String): Seq[String] =
    suggested.text.linesIterator
      .dropWhile(!_.contains(s"$section = ["))
      .drop(1)
      .takeWhile(_.trim != "]")
      .map(_.trim)
      .toSeq

  private def written(suggested: SuggestedConfiguration, section: String): Seq[String] =
    lines(suggested, section).filterNot(_.startsWith("#"))

  /** What a complete configuration feeds; it is read as a job would. */
  private def feeds(model: LoadedModel, columns: DescribedColumn*): Seq[String] = {
    val suggested = suggest(model, table(columns: _*))
    assert(suggested.questions.isEmpty, suggested.text)
    JobConfigLoader.load(suggested.text, "suggested.conf", java.util.List.of())
    written(suggested, "feeds")
  }

  private def questions(model: LoadedModel, columns: DescribedColumn*): Seq[String] =
    suggest(model, table(columns: _*)).questions.asScala.toSeq

  /** A model of a matrix product, whose input has a dtype and a shape. */
  private def ofInput(name: String, dtype: DataType, sizes: Long*): LoadedModel = {
    val shape = TensorShapeProto.newBuilder
    (-1L +: sizes).foreach(size => shape.addDimBuilder.setSize(size))
    val graph = SuggestedConfigurationTest.identity(name, dtype, shape.build)
    SavedModels.load(SuggestedConfigurationTest.model(graph, name, dtype, shape.build))
  }

  test("image files: the size of the model, one column that can be it, labels by folder") {
    val model = TestData.load("mobilenet_v2_keras3")
    val suggested = suggest(model, photos, isLabelled = true)
    assert(suggested.questions.isEmpty)
    val config = JobConfigLoader.load(suggested.text, "suggested.conf", java.util.List.of())
    assert(config.input.keep.asScala === Seq("path", "label"))
    assert(config.input.select.asScala === Map("label" -> "element_at(split(path, '/'), -2)"))
    assert(
      written(suggested, "feeds") === Seq(
        "{ input = keras_tensor, column = content, image { size = [96, 96] } }"
      )
    )
    assert(
      written(suggested, "features") === Seq("{ layer = out_relu, pool = avg, column = embedding }")
    )
    assert(config.output.path === "features/m")
  }

  test("folders without --label are a hint, and a label of the input's own keeps its name") {
    val model = TestData.load("mobilenet_v2_keras3")
    val hint = suggest(model, photos).text
    assert(hint.contains("# select { label = \"element_at(split(path, '/'), -2)\" }"), hint)
    val named = input("image-files", photos.columns.asScala.toSeq :+ column("Label", Kind.TEXTS))
    assert(suggest(model, named, isLabelled = true).text.contains("keep = [path, label_1]"))
  }

  test("what is done to pixels is written with its reason and its questions") {
    val advice = new PixelAdvice(
      "preprocessing = tf",
      java.util.List.of("a reason for it"),
      java.util.List.of("a question of it?")
    )
    val text = suggest(TestData.load("mobilenet_v2_keras3"), photos, advice = advice).text
    assert(text.contains("image { size = [96, 96], preprocessing = tf } }"), text)
    assert(text.contains("# - a reason for it\n") && text.contains("# open: a question of it?\n"))
  }

  test("one channel, whole numbers, any size") {
    val grey = TestData.load("cnn_functional_keras3")
    assert(
      feeds(grey, bytes("scan", png)) === Seq(
        "{ input = image, column = scan, image { size = [28, 28], channels = grayscale } }"
      )
    )
    val whole = ofInput("pixels", DataType.DT_UINT8, 8, 9, 3)
    assert(
      feeds(whole, bytes("photo")) ===
        Seq("{ input = pixels, column = photo, image { size = [8, 9] } }")
    )
    val open = suggest(TestData.load("any_size_keras3"), table(bytes("photo")))
    assert(
      written(open, "feeds") === Seq("{ input = image, column = photo, image { fit = none } }")
    )
    assert(open.text.contains("was the model trained at one size?"))
  }

  test("paths, base64, Spark's image struct; bytes and texts that are no images are not taken") {
    val model = TestData.load("mobilenet_v2_keras3")
    def feed(columns: DescribedColumn*) = feeds(model, columns: _*).head
    val size = "size = [96, 96]"
    val number = column("id", Kind.WHOLE_NUMBERS, 0, 1L)
    assert(
      feed(number, column("file", Kind.TEXTS, 0, "s3a://b/x.JPG")) ===
        s"{ input = keras_tensor, column = file, image { holds = paths, $size } }"
    )
    val base64 = column("data", Kind.TEXTS, 0, "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBD")
    val uri = column("data", Kind.TEXTS, 0, s"data:image/jpeg;base64,${base64.sample}")
    val decoded = "select { data = \"unbase64(substring_index(data, ',', -1))\" }"
    assert(suggest(model, table(uri, number)).text.contains(decoded))
    val suggested = suggest(model, table(base64, number))
    assert(suggested.text.contains("select { data = \"unbase64(data)\" }"), suggested.text)
    assert(
      written(suggested, "feeds") ===
        Seq(s"{ input = keras_tensor, column = data, image { $size } }")
    )
    assert(
      feed(column("image", Kind.IMAGES)) ===
        s"{ input = keras_tensor, column = image, image { $size } }"
    )
    assert(
      questions(model, bytes("blob", "hello".getBytes), column("text", Kind.TEXTS, 0, "a dog")) ===
        Seq(
          "input keras_tensor: no column fits it; make one with input.select. There are: blob" +
            " (type of blob), text (type of text)"
        )
    )
  }

  test("bytes without a value in the first row are a question, not a guess") {
    assert(
      questions(TestData.load("mobilenet_v2_keras3"), bytes("photo", null)) === Seq(
        "input keras_tensor: the first row has no value there, so that nothing tells whether these" +
          " bytes are images"
      )
    )
  }

  test("arrays: flat ones get the model's shape, nested ones have it, others do not fit") {
    val model = TestData.load("digits_keras3")
    def pixels(depth: Int, sample: Any) = column("values", Kind.NUMBERS, depth, sample)
    assert(
      feeds(model, pixels(1, floats(64))) ===
        Seq("{ input = pixels, column = values, tensor { shape = [8, 8, 1] } }")
    )
    val nested = list(Seq.fill(8)(list(Seq.fill(8)(list(0.5f)): _*)): _*)
    assert(
      feeds(model, pixels(3, nested)) === Seq("{ input = pixels, column = values, tensor {} }")
    )
    assert(
      questions(model, pixels(1, floats(63))) === Seq(
        "input pixels: no column fits it; make one with input.select. There are: values (type of" +
          " values, in the first row of shape (63))"
      )
    )
    assert(questions(model, pixels(1, null)).head.contains("how many values rows have"))
  }

  test("sequences: of the model's length they are padded, of any length they keep their own") {
    val steps = list(floats(100), floats(100), floats(100))
    assert(
      feeds(TestData.load("lstm_keras3"), column("log", Kind.NUMBERS, 2, steps)) === Seq(
        "{ input = events, column = log, sequence { pad = post, truncate = post, value = 0 } }"
      )
    )
    val narrow = list(floats(99), floats(99))
    assert(
      questions(TestData.load("lstm_keras3"), column("log", Kind.NUMBERS, 2, narrow)).size === 1
    )
    val tokens = column("ids", Kind.WHOLE_NUMBERS, 1, list(3L, 4L))
    assert(
      feeds(TestData.load("tokens_keras3"), tokens) ===
        Seq("{ input = tokens, column = ids, sequence { pad = none } }")
    )
    val fractions = column("ids", Kind.NUMBERS, 1, list(3.5, 4.0))
    assert(questions(TestData.load("tokens_keras3"), fractions).size === 1)
  }

  test("two columns that fit are candidates in comments, and nothing is chosen") {
    val model = TestData.load("mobilenet_v2_keras3")
    val suggested = suggest(model, table(bytes("front"), bytes("back")))
    assert(
      suggested.questions.asScala === Seq("input keras_tensor: front and back fit it; which is it?")
    )
    assert(written(suggested, "feeds") === Seq())
    val commented = lines(suggested, "feeds")
    assert(
      commented.head ===
        "# open: keras_tensor (float32 (?, 96, 96, 3)): front and back fit it; which is it?"
    )
    Seq("front", "back").foreach { name =>
      val line = s"# { input = keras_tensor, column = $name, image { size = [96, 96] } }"
      assert(commented.contains(line), suggested.text)
    }
  }

  test("several inputs: names decide first, then what is left for one input alone") {
    val model = TestData.load("branches_keras3")
    def four(name: String) = column(name, Kind.NUMBERS, 1, floats(4))
    def fed(input: String, column: String) = s"{ input = $input, column = $column, tensor {} }"
    val both = Seq(fed("left", "left"), fed("right", "RIGHT"))
    assert(feeds(model, four("RIGHT"), four("left"), four("more")) === both)
    assert(feeds(model, four("left"), four("x")) === Seq(fed("left", "left"), fed("right", "x")))
    assert(
      questions(model, four("a"), four("b")) === Seq(
        "input left: a and b fit it; which is it?",
        "input right: a and b fit it; which is it?"
      )
    )
    assert(
      questions(model, four("a")) === Seq(
        "input left: is it a, the only column that fits?",
        "input right: is it a, the only column that fits?"
      )
    )
  }

  test("a name that belongs to a column which does not fit decides nothing") {
    val model = TestData.load("mobilenet_v2_keras3")
    val named = column("keras_tensor", Kind.NUMBERS, 1, floats(5))
    assert(
      feeds(model, named, bytes("photo")) ===
        Seq("{ input = keras_tensor, column = photo, image { size = [96, 96] } }")
    )
  }

  test("single numbers fit too much: only a name decides") {
    val model = ofInput("age", DataType.DT_FLOAT)
    assert(
      feeds(model, number("id"), number("Age")) === Seq("{ input = age, column = Age, tensor {} }")
    )
    assert(
      questions(model, number("id")) === Seq("input age: is it id, the only column that fits?")
    )
  }

  test("columns of one number each are joined only by the user") {
    val model = ofInput("measures", DataType.DT_FLOAT, 3)
    val suggested = suggest(model, table(number("a"), number("b"), number("c")))
    assert(
      suggested.questions.asScala === Seq(
        "input measures: which 3 columns did the model take in training, in which order?"
      )
    )
    assert(
      lines(suggested, "feeds").contains(
        "# { input = measures, columns = [a, b, c], tensor {} }"
      )
    )
  }

  test("texts and whole bytes go into inputs of strings") {
    val model = ofInput("sentence", DataType.DT_STRING)
    assert(
      feeds(model, column("words", Kind.TEXTS, 0, "a dog"), number("id")) ===
        Seq("{ input = sentence, column = words, tensor {} }")
    )
    assert(
      feeds(model, bytes("photo")) === Seq("{ input = sentence, column = photo, tensor {} }")
    )
  }

  test("switches get the value that their name speaks of; others are a question") {
    def named(folder: String) = TestData.load(
      new layertap.model.saved.LocalModelFiles(TestData.root.resolve(s"cases/$folder/model")),
      None
    )
    val image = column("img", Kind.NUMBERS, 1, floats(300))
    assert(
      feeds(named("tf1_phase_sig"), image).last === "{ input = phase_train, value = false }"
    )
  }

  test("kept columns have other names than the feature, and quotes where they need them") {
    val model = TestData.load("digits_keras3")
    val pixels = column("pixels", Kind.NUMBERS, 1, floats(64))
    val suggested = suggest(
      model,
      table(pixels, column("Embedding", Kind.TEXTS), column("the day", Kind.OTHER))
    )
    assert(suggested.text.contains("keep = [Embedding, \"the day\"]"), suggested.text)
    assert(written(suggested, "features") === Seq("{ layer = pool, column = embedding_1 }"))
    JobConfigLoader.load(suggested.text, "suggested.conf", java.util.List.of())
  }

  test("names from files cannot leave their quotes") {
    val model = TestData.load("digits_keras3")
    val odd = "a\" } , x = \n\\"
    val pixels = column(odd, Kind.NUMBERS, 1, floats(64))
    val suggested = suggest(model, table(pixels))
    val config = JobConfigLoader.load(suggested.text, "suggested.conf", java.util.List.of())
    assert(config.feeds.get(0).columns.get(0) === odd)
  }

  test("each candidate stands in a comment with its reason, shape and bytes") {
    val commented = lines(suggest(TestData.load("mobilenet_v2_keras3"), photos), "features")
    val first = commented.indexOf("# { layer = block_1_expand_relu, pool = avg }")
    assert(
      commented(first - 1) ===
        "# the end of a block: (48, 48, 48), 442,368 bytes; pooled (48), 192 bytes"
    )
    assert(commented.last === "# { output = output_0 }")
  }

  test("a model without layers gives its output, and inputs that it does not need are named") {
    val words = column("words", Kind.TEXTS, 1, list("a", "b", "c"))
    val suggested = suggest(TestData.load("vocabulary_keras3"), table(words))
    assert(written(suggested, "features") === Seq("{ output = output_0, column = embedding }"))
    val text = column("text", Kind.TEXTS, 1, list("a"))
    val tables = suggest(TestData.load("tables_keras3"), table(text))
    assert(
      lines(tables, "feeds").last === "# The features do not need the inputs codes, numbers, words."
    )
    val one = new ConfigurationText
    new FeedsSection(java.util.List.of(), java.util.List.of("codes")).write(one)
    assert(one.toString.contains("# The features do not need the input codes.\n"))
  }
}

object SuggestedConfigurationTest {

  /** A placeholder of a shape and what hands it on. */
  private def identity(name: String, dtype: DataType, shape: TensorShapeProto) = {
    val built = org.tensorflow.proto.GraphDef.newBuilder
    val typed = org.tensorflow.proto.AttrValue.newBuilder.setType(dtype).build
    built.addNodeBuilder
      .setName(name)
      .setOp("Placeholder")
      .putAttr("dtype", typed)
      .putAttr("shape", org.tensorflow.proto.AttrValue.newBuilder.setShape(shape).build)
    built.addNodeBuilder.setName("y").setOp("Identity").addInput(name).putAttr("T", typed)
    built.build
  }

  private def model(
      graph: org.tensorflow.proto.GraphDef,
      name: String,
      dtype: DataType,
      shape: TensorShapeProto
  ): MemoryFiles = {
    def info(tensor: String) = org.tensorflow.proto.TensorInfo.newBuilder
      .setName(tensor)
      .setDtype(dtype)
      .setTensorShape(shape)
      .build
    val definition = org.tensorflow.proto.SignatureDef.newBuilder
      .putInputs(name, info(s"$name:0"))
      .putOutputs("y", info("y:0"))
      .build
    SavedModels.of(graph, definition)
  }
}
