package layertap.jobs.doors

import java.nio.file.{Files, Path}
import layertap.extract.Extractor
import layertap.jobs.doors.FeatureForm.Shaped
import layertap.spark.LayerFeaturizer
import layertap.spark.schema.FeatureSchema
import layertap.testing.{JobFolder, PlainRows, SeededRandom, Setting}
import layertap.testing.{SharedSpark, StoredAnswers, TestData}
import org.apache.spark.ml.linalg.Vector
import org.apache.spark.sql.DataFrame
import org.scalatest.funsuite.AnyFunSuite
import scala.collection.mutable.ArrayBuffer
import scala.jdk.CollectionConverters._
import scala.util.Using

/** Random features of the stored models in random forms, from columns of random kinds, with bad
  * rows, sizes of batches and policies: through each door the values of a plain job, pooled,
  * normalized and stored here. `-Drandom.runs=N` draws N, from the seed `random.first` on.
  */
class RandomFeaturesTest extends AnyFunSuite {
  private type Values = Map[Int, Map[String, Shaped]]

  private val spark = SharedSpark.session
  private val models = TestData.models.filterNot(_.startsWith("mobilenet"))

  private val derived: Map[String, Seq[String]] = Map(
    "digits_keras3" -> Seq(
      "gradient { of = dense, class = 3, wrt = pixels }",
      "gradient { of = dense, class = top, wrt = conv2, method = times-input }",
      "gradient { of = softmax, class = 1, wrt = conv1, method = integrated, steps = 4 }",
      "grad-cam { of = dense, class = 2, wrt = conv2 }",
      "grad-cam { of = dense, class = top, wrt = conv1, size = [11, 5] }"
    ),
    "cnn_functional_keras2" -> Seq(
      "gradient { of = predictions, class = 3, wrt = bn1 }",
      "grad-cam { of = { layer = predictions, at = pre-activation }, class = top, wrt = add }"
    ),
    "tokens_keras3" -> Seq("gradient { of = lstm, class = 1, wrt = embedding }"),
    "steps_keras2" -> Seq("gradient { of = head, class = 5, wrt = movie }")
  )

  private case class Feature(of: String, form: FeatureForm, column: String) {
    def setting: String = s"{ $of, ${form.setting}, column = $column }"
    def plain: String = s"{ $of, column = $column }"
  }

  private class Drawn(seed: Int, folder: JobFolder) {
    private val draw = SeededRandom.of(seed)
    private def one[A](values: A*): A = values(draw.nextInt(values.size))

    private val model = one(models: _*)
    private val stored = StoredAnswers.of(TestData.model(model))

    /** Without it a Keras 3 export does not tell all that was stored. */
    private val topology =
      Some(s"test-data/models/$model.topology.json")
        .filter(file => Files.exists(Path.of(file)))
        .getOrElse("null")
    private val rows = new RandomRows(stored, draw)

    private val features: Seq[Feature] = {
      // What several outputs of a layer are, a file without a topology may not tell.
      val all = stored.answers.filter(_.hasOps)
      val told = all.filterNot(_.name.matches(".*:\\d+"))
      val tapped = draw
        .shuffle(if (told.isEmpty) all else told)
        .take(1 + draw.nextInt(4))
        .map(a => (a.setting, a.shape.size, a.isFloat))
      val more = derived.getOrElse(model, Nil).filter(_ => draw.nextInt(3) == 0).map((_, 4, true))
      (tapped ++ more).zipWithIndex.map { case ((of, rank, isFloat), i) =>
        val pools =
          if (rank < 3 || !isFloat) Nil else if (rank > 3) Seq("avg", "max") else allPools
        val pool = if (of.startsWith("grad-cam")) "none" else one("none" +: pools: _*)
        val as = if (isFloat) one("array", "array", "nested", "vector") else one("array", "nested")
        val store = if (as == "array" && isFloat) one("native", "float16", "bfloat16") else "native"
        Feature(
          of,
          FeatureForm(pool, if (isFloat) one("none", "l2") else "none", as, store),
          s"f$i"
        )
      }
    }

    private def allPools = Seq("avg", "max", "first", "last")

    private val policy = one("error", "skip", "keep")
    private val bad =
      if (policy == "error") Set[Int]()
      else (1 until rows.count).filter(_ => draw.nextInt(5) == 0).toSet

    private val whole: Values = {
      val plain = configuration(
        rows.table(),
        "plain",
        features.map(_.plain),
        "run.batch-size = 8",
        "run.optimize = exact"
      )
      val computed = JobFolder.use(other => values(other.extracted(plain)))
      computed.removedAll(bad).map { case (id, row) =>
        id -> features.map { feature =>
          val value = row(feature.column)
          feature.column -> feature.form.of(value, rows.ownSteps(id, value.shape))
        }.toMap
      }
    }

    private val (finite, others) = whole.partition { case (id, row) =>
      rows.isFinite(id) && row.values.forall(_.values.forall(_.isFinite))
    }
    private val nonFinite =
      if (policy == "error" && others.nonEmpty) "allow" else one("allow", "refuse")
    private val expected = if (nonFinite == "refuse") finite else whole

    private val text = configuration(
      rows.table(bad).repartition(1 + draw.nextInt(4)),
      "in",
      features.map(_.setting),
      s"run.batch-size = ${one("1", "3", "8", "auto")}",
      s"run.optimize = ${one("fast", "exact", "auto")}",
      s"run.first-rows = ${one(0, 3, 16)}",
      s"run.self-check = ${one(true, true, false)}",
      s"rows.on-invalid = $policy",
      s"rows.non-finite = $nonFinite"
    )

    private def configuration(
        table: DataFrame,
        name: String,
        features: Seq[String],
        settings: String*
    ): String = {
      val in = folder.path.resolve(name).toString
      table.write.parquet(in)
      s"""model { path = test-data/models/$model, topology = $topology }
         |input { format = parquet, path = "$in", keep = [id] }
         |feeds = ${rows.feeds}
         |features = [${features.mkString(", ")}]
         |${settings.mkString("\n")}""".stripMargin
    }

    def go(): Unit = {
      check("job", values(folder.extracted(text)))
      check("transformer", values(transformed()))
      check("extractor", extracted())
    }

    private def check(door: String, found: Values): Unit = {
      val clue = s"$door, seed $seed\n$text"
      assert(policy != "keep" || found.size === rows.count, clue)
      assert(found.filter(_._2.nonEmpty).keySet === expected.keySet, clue)
      features.foreach { feature =>
        val values =
          expected.values.flatMap(_(feature.column).values.filter(_.isFinite).map(math.abs))
        val largest = values.maxOption.getOrElse(0.0)
        expected.foreach { case (id, row) =>
          val (is, should) = (found(id)(feature.column), row(feature.column))
          assert(is.shape === should.shape, s"${feature.column} of row $id; $clue")
          assert(
            is.values.zip(should.values).forall { case (a, b) =>
              a.compare(b) == 0 || math.abs(a - b) <= feature.form.tolerance * largest
            },
            s"${feature.column} of row $id, with values of up to $largest; $clue"
          )
        }
      }
    }

    private def input: DataFrame = spark.read.parquet(folder.path.resolve("in").toString)

    private def transformed(): DataFrame = {
      val file = folder.path.resolve("transformer.conf")
      Files.writeString(file, s"layertap {\n$text\nrun.trial-seconds = 0\n}")
      new LayerFeaturizer().setConfig(file.toString).transform(input)
    }

    private def extracted(): Values = {
      val said = ArrayBuffer[String]()
      val builder = Extractor.builder.configuration(s"layertap {\n$text\n}").warnings(said += _)
      Using.resource(builder.open()) { extractor =>
        // All inputs are fed, whichever the features need.
        assert(!said.exists(_.contains("self-check was left out")), s"seed $seed\n$text")
        val taken = input.collect().toSeq
        val maps = taken.map { row =>
          val map = new java.util.HashMap[String, Any]
          row.schema.fieldNames.foreach(name => map.put(name, plain(row.getAs[Any](name))))
          map
        }
        val found = extractor.extract(maps.asJava).asScala.toSeq
        taken
          .zip(found)
          .map { case (row, features) =>
            row.getAs[Int]("id") -> features.features.values.asScala
              .map(feature =>
                feature.name -> Shaped(feature.shape.toSeq, PlainRows.doubles(feature).toSeq)
              )
              .toMap
          }
          .toMap
      }
    }
  }

  private def values(frame: DataFrame): Values = {
    val features = FeatureSchema.of(frame.schema).features.asScala.toSeq
    frame
      .collect()
      .toSeq
      .map { row =>
        val there = features.filterNot(feature => row.isNullAt(row.fieldIndex(feature.column)))
        row.getAs[Int]("id") -> there.map { feature =>
          val value = feature.read(row)
          feature.column -> Shaped(value.shape.toSeq, PlainRows.doubles(value.values).toSeq)
        }.toMap
      }
      .toMap
  }

  private def plain(value: Any): Any = value match {
    case list: scala.collection.Seq[_] => list.map(plain).asJava
    case vector: Vector                => vector.toArray
    case other                         => other
  }

  private val first = Setting.of("random.first").fold(0)(_.toInt)

  (first until first + Setting.of("random.runs").fold(4)(_.toInt)).foreach { seed =>
    test(s"features $seed") {
      JobFolder.use(folder => new Drawn(seed, folder).go())
    }
  }
}
