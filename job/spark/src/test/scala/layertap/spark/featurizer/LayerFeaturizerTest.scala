package layertap.spark.featurizer

import java.io.{ByteArrayOutputStream, PrintStream}
import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path}
import layertap.failure.LayertapException
import layertap.spark.LayerFeaturizer
import layertap.spark.featurizer.Featurizers.{answered, digits, digitsFeed, numbers, rows}
import layertap.testing.{JobFolder, SharedSpark, StoredAnswers}
import org.apache.spark.sql.functions.{col, expr, lit, when}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.jdk.StreamConverters._

/** Features as new columns of DataFrames. */
class LayerFeaturizerTest extends AnyFunSuite {
  private val spark = SharedSpark.session
  import spark.implicits._

  private def refusal(work: => Any): String = intercept[LayertapException](work).getMessage

  private def assertAnswers(name: String, feeds: String, layers: Seq[String]): Unit = {
    val model = s"test-data/models/$name"
    val stored = StoredAnswers.of(Path.of(model))
    val features = layers.zipWithIndex.map { case (layer, i) =>
      s"""{ layer = "$layer", column = f$i }"""
    }
    val added = Featurizers
      .of(model, feeds, features.mkString("[", ",", "]"))
      .transform(answered(stored).repartition(1))
      .orderBy("id")
      .collect()
      .toSeq
    layers.zipWithIndex.foreach { case (layer, i) =>
      val answer = stored.answers.find(_.name == layer).get
      assert(answer.difference(numbers(added, s"f$i")) <= answer.bound, s"$layer of $name")
    }
  }

  test("the features are what Keras computes: a Keras 2 CNN, a Keras 3 one, an LSTM, two inputs") {
    val image = "{ input = image, column = image, tensor { shape = [28, 28, 1] } }"
    assertAnswers("cnn_functional_keras2", image, Seq("conv1", "bn1", "conv2", "predictions"))
    assertAnswers("digits_keras3", digitsFeed, Seq("conv1", "bn1", "pool", "softmax"))
    val events = "{ input = events, column = events, tensor { shape = [10, 100] } }"
    assertAnswers("lstm_keras3", events, Seq("lstm:0", "lstm:1", "lstm:2"))
    val sides =
      "[{ input = left, column = left, tensor {} }, { input = right, column = right, tensor {} }]"
    assertAnswers("branches_keras2", sides, Seq("project@0", "encoder", "joined", "head"))
  }

  test("all columns stay, in their order and with their metadata, and features follow") {
    val plain = rows(20).withColumn("note", lit("a").as("note")).repartition(3)
    val features = "[softmax, { layer = bn1, pool = avg, as = vector, column = embedding }]"
    val added = digits(features).transform(plain)
    assert(added.columns.toSeq === plain.columns.toSeq ++ Seq("softmax", "embedding"))
    assert(added.drop("softmax", "embedding").schema === plain.schema)
    val kept = added.drop("softmax", "embedding")
    assert(kept.exceptAll(plain).isEmpty && plain.exceptAll(kept).isEmpty)
    assert(digits(features).transformSchema(plain.schema) === added.schema)
    assert(added.schema("softmax").dataType.simpleString === "array<float>")
    assert(added.schema("embedding").dataType.simpleString === "vector")
    assert(numbers(added.collect().toSeq, "embedding").length === 20 * 16)
  }

  test("what is no image is called so, without a setting of jobs") {
    val photo = "{ input = image, column = content, image { fit = none } }"
    val featurizer = Featurizers.of("test-data/models/any_size_keras3", photo, "mean")
    val notes = Seq((1, "notes".getBytes(UTF_8))).toDF("id", "content")
    val kept = featurizer.setOnInvalid("keep").transform(notes).head().getAs[String]("_error")
    assert(kept.endsWith("TIFF image; it starts with 'notes'"), kept)
    val failure = intercept[Exception](featurizer.setOnInvalid("error").transform(notes).collect())
    val text = Iterator.iterate[Throwable](failure)(_.getCause).takeWhile(_ != null).mkString
    assert(text.contains("it starts with 'notes'; correct or filter it, or set onInvalid"), text)
  }

  test("days that java.sql lacks stay, and so do collations") {
    val day = "date_add(date'1582-10-01', id)"
    val plain = rows(20).selectExpr(
      "*",
      s"$day AS day",
      s"timestamp($day) AS time",
      s"named_struct('days', array($day), 'text', 'a' COLLATE UNICODE_CI) AS inside",
      "split COLLATE UTF8_LCASE AS lower",
      "map('k' COLLATE UNICODE, array(split COLLATE UTF8_LCASE)) AS texts"
    )
    val added = digits().transform(plain)
    assert(added.drop("softmax").schema === plain.schema)
    assert(digits().transformSchema(plain.schema) === added.schema)
    assert(added.where("lower = 'TRAIN'").count() === plain.where("lower = 'TRAIN'").count())
    val comparable = Seq("id", "day", "time", "inside.days").map(col)
    assert(plain.select(comparable: _*).exceptAll(added.select(comparable: _*)).isEmpty)
  }

  test("columns have the types and the metadata of a job's files") {
    JobFolder.use { folder =>
      val features = """[softmax, { layer = conv2, as = nested }, { layer = pool, store = float16 },
                       | { gradient { of = dense, class = 3, wrt = conv1 }, column = saliency }]""".stripMargin
      val files = folder.extracted(
        s"""model.path = test-data/models/digits_keras3
           |input { format = parquet, path = test-data/digits, keep = id, where = "id < 2" }
           |feeds = $digitsFeed
           |features = $features""".stripMargin
      )
      val added = digits(features).transform(rows(2)).select(files.columns.toSeq.map(col): _*)
      assert(added.schema.map(_.metadata) === files.schema.map(_.metadata))
      assert(
        added.schema.map(_.dataType.simpleString) === files.schema.map(_.dataType.simpleString)
      )
      val path = folder.path.resolve("written").toString
      added.write.parquet(path)
      assert(spark.read.parquet(path).schema.map(_.metadata) === files.schema.map(_.metadata))
    }
  }

  test("nothing is read, and the session stays as it is, until somebody asks for rows") {
    def session = (
      spark.conf.getAll,
      spark.catalog.listTables().collect().map(_.name).toSet,
      spark.catalog.listFunctions().collect().map(_.name).toSet
    )
    val before = session
    val (featurizer, source) = (digits(), rows(5))
    val tasks = SharedSpark.countTasks {
      featurizer.transformSchema(source.schema)
      featurizer.transform(source.withColumn("fails", expr("raise_error('read')")))
    }
    assert(tasks === 0)
    assert(session === before)
  }

  test("many rows go in batches of the fastest size, which is told once; the numbers stay") {
    val many = rows(1000).withColumn("copy", expr("explode(sequence(1, 20))"))
    def features = digits("[{ layer = softmax, column = fastest }]")
    val told = new ByteArrayOutputStream
    val before = System.err
    System.setErr(new PrintStream(told, true, UTF_8))
    val counts =
      try Seq(1, 2).map(_ => features.transform(many).where("size(fastest) = 10").count())
      finally System.setErr(before)
    assert(counts === Seq(20000, 20000))
    val lines = told.toString(UTF_8).linesIterator.filter(_.contains("runs batches of")).toSeq
    assert(lines.size === 1, told)
    assert(
      lines.head.matches(
        "layertap: LayerFeaturizer runs batches of (2|4|8|16|32|64|128|256) rows from now on, the" +
          " fastest size in this process; batchSize sets another"
      )
    )
    val fastest = features.transform(rows(300)).orderBy("id").select("fastest").collect().toSeq
    val eight =
      features.setBatchSize(8).transform(rows(300)).orderBy("id").select("fastest").collect().toSeq
    numbers(fastest, "fastest").zip(numbers(eight, "fastest")).foreach { case (one, other) =>
      assert(math.abs(one - other) <= 1e-6)
    }
  }

  test("a limit reads no more than a batch") {
    val read = spark.sparkContext.longAccumulator
    val counted = rows(1000).repartition(4).map { row =>
      read.add(1)
      (row.getAs[Int]("id"), row.getAs[scala.collection.Seq[Float]]("pixels").toArray)
    }
    val added = digits().setBatchSize(4).transform(counted.toDF("id", "pixels"))
    assert(added.limit(3).collect().length === 3)
    // What a partition reads ahead, of those that Spark looks at.
    assert(read.value <= 16, read.value)
  }

  test("a column that exists is neither replaced nor doubled") {
    assert(
      refusal(digits().transform(rows(1).withColumn("SoftMax", lit(1)))) ===
        "cannot add the column 'softmax': the DataFrame has one of that name (upper and lower" +
        " case count as equal); set column of the feature to another name, or rename or drop the" +
        " DataFrame's"
    )
    assert(
      refusal(digits().setOnInvalid("keep").transform(rows(1).withColumn("_error", lit("")))) ===
        "cannot add the column '_error', which onInvalid = keep fills: the DataFrame has one of" +
        " that name; rename or drop it"
    )
    val open = Featurizers.of(
      "test-data/models/any_size_keras3",
      "{ input = image, column = image, tensor {} }",
      "conv"
    )
    val image = Seq((Seq(Seq(Seq(1f, 2f, 3f))), Seq(1))).toDF("image", "conv_shape")
    assert(refusal(open.transform(image)).startsWith("cannot add the column 'conv_shape': "))
    val twice = rows(1).select("pixels", "id", "id")
    assert(
      refusal(digits().transform(twice)) ===
        "cannot add features to the DataFrame: it has two columns called 'id' (upper and lower" +
        " case count as equal); rename or drop one"
    )
  }

  test("what does not fit is said in the words of a DataFrame, by transformSchema, too") {
    val texts = rows(1).withColumn("pixels", col("pixels").cast("array<string>"))
    val expected =
      "cannot feed 'pixels' to input = pixels: the column's type is array<string>, of" +
        " which no float32 is made; compute it before, with withColumn(\"pixels\"," +
        " expr(\"try_cast(pixels AS array<float>)\"))"
    assert(refusal(digits().transform(texts)) === expected)
    assert(refusal(digits().transformSchema(texts.schema)) === expected)
    assert(
      refusal(digits().transform(rows(1).drop("pixels"))) ===
        "cannot read the column 'pixels' that feeds names: the input has no such column; nearest:" +
        " label, id, split"
    )
    assert(refusal(digits("[sofmax]").transform(rows(1))).contains("'sofmax'"))
    assert(
      refusal(new LayerFeaturizer().transform(rows(1))) ===
        "cannot add features: no model is set; set model and features, or config"
    )
    assert(
      refusal(digits().setOnInvalid("drop").transform(rows(1))) ===
        "cannot use the configuration: LayerFeaturizer: rows.on-invalid is 'drop', not one of error," +
        " skip, keep"
    )
    assert(
      refusal(digits("[{ layr = conv2 }]").transform(rows(1))).linesIterator.toSeq ===
        Seq(
          "cannot use the configuration: 2 problems",
          "  LayerFeaturizer: features[0].layer needs exactly one of layer, index, graph-tensor or" +
            " output",
          "  LayerFeaturizer: features[0].layr is no key of layertap; the nearest is 'layer'"
        )
    )
  }

  /** Two rows that cannot be used, in several partitions. */
  private def spoiled = rows(30)
    .withColumn("pixels", when($"id" === 4, lit(null)).otherwise($"pixels"))
    .withColumn("label", when($"id" === 17, lit(10)).otherwise($"label"))
    .repartition(3, $"id")

  private val several = """[softmax
                          | { gradient { of = dense, class = { column = label }, wrt = conv2 }, pool = avg, column = g }
                          | { grad-cam { of = dense, class = top, wrt = conv2 }, as = nested, column = cam }
                          | { layer = pool, as = vector, column = v }]""".stripMargin

  test("keep: invalid rows have null features and the reason; the others as without them") {
    val kept = digits(several).setOnInvalid("keep").transform(spoiled)
    assert(kept.columns.last === "_error")
    val byId = kept.collect().map(row => row.getAs[Int]("id") -> row).toMap
    assert(byId.size === 30)
    val errors = byId.collect {
      case (id, row) if row.getAs[String]("_error") != null =>
        id -> row.getAs[String]("_error")
    }
    assert(
      errors === Map(
        4 -> "pixels: the value is null",
        17 -> "label: the class is 10, and there are 10, counted from 0"
      )
    )
    val columns = Seq("softmax", "g", "cam", "v")
    errors.keys.foreach(id => columns.foreach(name => assert(byId(id).getAs[Any](name) == null)))
    assert(byId(17).getAs[Any]("pixels") != null)
    val alone = digits(several).setBatchSize(1).transform(rows(30).where("id not in (4, 17)"))
    alone.collect().foreach { row =>
      columns.foreach { name =>
        val (a, b) =
          (numbers(row.getAs[Any](name)), numbers(byId(row.getAs[Int]("id")).getAs[Any](name)))
        assert(a.length === b.length)
        val largest = a.map(math.abs).max.max(1e-3)
        assert(
          a.zip(b).forall { case (x, y) => math.abs(x - y) <= 1e-5 * largest },
          s"$name of $row"
        )
      }
    }
  }

  test("skip: invalid rows are left out; error: the row is named by what a reader can read") {
    val skipped = digits(several).setOnInvalid("skip").transform(spoiled)
    assert(skipped.select("id").as[Int].collect().toSet === (0 until 30).toSet - 4 - 17)
    val failure =
      intercept[Exception](digits(several).transform(spoiled.where("id = 17")).collect())
    val causes = Iterator.iterate[Throwable](failure)(_.getCause).takeWhile(_ != null).toSeq
    assert(
      causes
        .flatMap(cause => Option(cause.getMessage))
        .exists(
          _.contains(
            "cannot extract the row id=17, split=train: label: the class is 10, and there are 10," +
              " counted from 0; correct or filter it, or set onInvalid to skip or keep"
          )
        ),
      causes.mkString("\n")
    )
  }

  test("a row that makes its batch fail is found, whatever stands beside it") {
    val tokens =
      Seq(1, 2, 3, 4, 5, 6).map(id => (id, Seq(id, if (id == 3) 9999999 else 2, 3, 4, 5)))
    val added = Featurizers
      .of(
        "test-data/models/tokens_keras3",
        "{ input = tokens, column = tokens, tensor {} }",
        "[embedding, lstm]"
      )
      .setOnInvalid("keep")
      .transform(tokens.toDF("id", "tokens").repartition(1))
      .collect()
    val invalid = added.filter(row => row.getAs[String]("_error") != null)
    assert(invalid.map(_.getAs[Int]("id")).toSeq === Seq(3))
    assert(
      invalid.forall(row => row.getAs[Any]("embedding") == null && row.getAs[Any]("lstm") == null)
    )
    assert(numbers(added.filterNot(invalid.contains(_)).toSeq, "lstm").forall(!_.isNaN))
  }

  private def standardError(work: => Unit): String = {
    val (before, bytes) = (System.err, new ByteArrayOutputStream)
    System.setErr(new PrintStream(bytes, true, UTF_8))
    try work
    finally System.setErr(before)
    bytes.toString(UTF_8)
  }

  test("a whole file's input, output and max-invalid are ignored, with one warning") {
    JobFolder.use { folder =>
      val file = folder.write(
        s"""model.path = test-data/models/digits_keras3
           |input { table = no.such.table, select { pixels = "no sql" }, keep = [nothing] }
           |feeds = [$digitsFeed]
           |features = [softmax]
           |rows { max-invalid = 0.1, on-invalid = skip }
           |run.trial-seconds = 0
           |output { table = there, mode = resume, key = id }""".stripMargin
      )
      val featurizer = new LayerFeaturizer().setConfig(file.toString)
      val warnings = standardError {
        assert(featurizer.transform(rows(3)).count() === 3)
        assert(
          featurizer.copy(new org.apache.spark.ml.param.ParamMap()).transform(rows(2)).count() === 2
        )
      }
      assert(
        warnings.linesIterator.filter(_.startsWith("layertap: warning")).toSeq === Seq(
          "layertap: warning: LayerFeaturizer: input, output, rows.max-invalid of " +
            s"$file are a job's and ignored: rows and columns are the DataFrame's"
        )
      )
      // What is set goes before the file.
      val kept = featurizer.setOnInvalid("keep").setFeatures("softmax").transform(rows(1))
      assert(kept.columns.takeRight(2).toSeq === Seq("softmax", "_error"))
    }
  }

  test("a model is planned once, until its files or the settings change") {
    JobFolder.use { folder =>
      val model = folder.path.resolve("model")
      copy(Path.of("test-data/models/digits_keras3"), model)
      val featurizer = Featurizers.of(model.toString, digitsFeed, "[softmax]")
      val schema = featurizer.transformSchema(rows(1).schema)
      // The self-check of a second plan would read them.
      val variables = Files
        .list(model.resolve("variables"))
        .toScala(Seq)
        .filter(_.toString.contains("data"))
      variables.foreach(file => Files.move(file, folder.path.resolve(file.getFileName)))
      assert(featurizer.transformSchema(rows(1).schema) === schema)
      assert(
        featurizer
          .copy(new org.apache.spark.ml.param.ParamMap())
          .transform(rows(1))
          .schema === schema
      )
      assert(
        Featurizers
          .of(model.toString, digitsFeed, "[softmax]")
          .setOnInvalid("skip")
          .transformSchema(rows(1).schema) === schema
      )
      intercept[RuntimeException](
        Featurizers.of(model.toString, digitsFeed, "[dense]").transformSchema(rows(1).schema)
      )
      variables.foreach(file => Files.move(folder.path.resolve(file.getFileName), file))
      // What failed is not remembered.
      Featurizers.of(model.toString, digitsFeed, "[dense]").transformSchema(rows(1).schema)
      copy(Path.of("test-data/models/digits_keras2"), model)
      val other = featurizer.transformSchema(rows(1).schema)
      def fingerprint(columns: org.apache.spark.sql.types.StructType) =
        columns("softmax").metadata.getMetadata("layertap").getString("fingerprint")
      assert(fingerprint(other) !== fingerprint(schema))
    }
  }

  private def copy(from: Path, to: Path): Unit = {
    val paths = Files.walk(from)
    try
      paths.toScala(Seq).filter(Files.isRegularFile(_)).foreach { path =>
        val target = to.resolve(from.relativize(path).toString)
        Files.createDirectories(target.getParent)
        Files.copy(path, target, java.nio.file.StandardCopyOption.REPLACE_EXISTING)
      }
    finally paths.close()
  }

  test("the example in Scala is compiled as docs/dataframes.md has it, and runs") {
    val source =
      Files.readString(Path.of("job/spark/src/test/scala/layertap/demo/FeaturizedDigits.scala"))
    val documentation = Files.readString(Path.of("docs/dataframes.md"))
    val block = documentation.split("```scala\n")(1).split("```")(0)
    assert(source === "package layertap.demo\n\n" + block)
    val embeddings = layertap.demo.FeaturizedDigits.embeddings(spark).limit(5)
    assert(numbers(embeddings.collect().toSeq, "embedding").length === 5 * 48)
  }

  test("parameters are known by their names, each with what it is") {
    val names = new LayerFeaturizer().params.map(_.name).toSeq
    assert(
      names === Seq(
        "batchSize",
        "config",
        "features",
        "feeds",
        "model",
        "onInvalid",
        "signature",
        "tags",
        "topology"
      )
    )
    assert(new LayerFeaturizer().explainParams().linesIterator.size === names.size)
    val services = java.util.ServiceLoader.load(classOf[org.apache.spark.ml.Transformer])
    assert(services.stream.map(_.`type`).toList.asScala.contains(classOf[LayerFeaturizer]))
  }
}
