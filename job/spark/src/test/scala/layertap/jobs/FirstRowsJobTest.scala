package layertap.jobs

import layertap.testing.{Command, JobFolder, SharedSpark}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** What a job and a plan say of the preprocessing of their first rows. */
class FirstRowsJobTest extends AnyFunSuite {
  private def photos(model: String, image: String, more: String*): String =
    s"""model.path = test-data/preprocessing/$model
       |input { format = image-files, path = test-data/preprocessing/photos, keep = path }
       |feeds = [ { input = photo, column = content, image { $image } } ]
       |features = pool
       |${more.mkString("\n")}""".stripMargin

  private def warned(log: String): Seq[String] =
    log.linesIterator.filter(_.contains("warning: the preprocessing seems")).toSeq

  test("a job whose rows are not fed as in training says so, with the line to write") {
    JobFolder.use { folder =>
      val command = folder.extract(photos("photos_torch_keras2", "preprocessing = none"))
      assert(command.code === 0, command.log)
      val warnings = warned(command.log)
      assert(warnings.size === 1, command.log)
      assert(
        warnings.head.contains("on the first 16 rows") &&
          warnings.head.contains("with image { preprocessing = torch } for input = photo")
      )
      val lines = command.log.linesIterator.toSeq
      assert(
        lines.exists(
          _.matches("layertap: fed on the first 16 rows: input = photo from \\d+ to 255, mean .*")
        ),
        command.log
      )
      val range = folder.manifest.get("feeds").get(0).get("first-rows")
      assert(range.get("rows").asInt === 16 && range.get("high").asDouble === 255)
    }
  }

  test("a job whose rows are fed as in training says nothing but the range") {
    JobFolder.use { folder =>
      val command = folder.extract(photos("photos_torch_keras3", "preprocessing = torch"))
      assert(command.code === 0, command.log)
      assert(warned(command.log).isEmpty && !command.log.contains("warning: the feed"))
      val range = folder.manifest.get("feeds").get(0).get("first-rows")
      assert(range.get("low").asDouble >= -2.2 && range.get("high").asDouble <= 2.7)
    }
  }

  test("--limit bounds the rows that are looked at, first-rows = 0 looks at none") {
    JobFolder.use { folder =>
      val job = photos("photos_tf_keras3", "preprocessing = none", "output.mode = overwrite")
      val few = folder.extract(job, "--limit", "5")
      assert(warned(few.log).head.contains("on the first 5 rows"), few.log)
      val none = folder.extract(job, "--set", "run.first-rows=0")
      assert(none.code === 0 && warned(none.log).isEmpty)
      assert(!none.log.contains("fed on the first"))
      assert(!folder.manifest.get("feeds").get(0).has("first-rows"))
    }
  }

  test("rows of arrays, resumed and appended, are fed in their range, without a family") {
    JobFolder.use { folder =>
      val scaled = Digits.set(
        "input.where=id < 24",
        "input.select.pixels=transform(pixels, x -> x * 16)",
        "output.mode=resume"
      )
      val command = folder.extract(Digits.job(), scaled: _*)
      assert(command.code === 0, command.log)
      assert(warned(command.log).head.contains("as if what is fed were about"), command.log)
      assert(folder.manifest.get("feeds").get(0).get("first-rows").get("high").asDouble === 16)
      val again = folder.extract(Digits.job(), scaled: _*)
      assert(again.code === 0, again.log)
    }
  }

  test("rows of several partitions are looked at where the first one has too few") {
    JobFolder.use { folder =>
      val job = Digits.job(Digits.write(folder, "in", "id < 24", 24))
      val command = SharedSpark.withTaskPerFile(folder.extract(job, Digits.set(): _*))
      assert(command.code === 0, command.log)
      assert(folder.manifest.get("feeds").get(0).get("first-rows").get("rows").asInt === 16)
    }
  }

  test("all rows are looked at where there are fewer, with and without files") {
    JobFolder.use { folder =>
      val spark = SharedSpark.session
      val few = spark.read.parquet("test-data/digits").where("id < 5")
      spark.createDataFrame(few.collectAsList(), few.schema).createOrReplaceTempView("few_digits")
      try {
        Seq(
          Digits.job(Digits.write(folder, "in", "id < 5", 5)),
          Digits
            .job()
            .replace("format = parquet, path = \"test-data/digits\"", "table = few_digits")
        ).foreach { job =>
          val command =
            SharedSpark.withTaskPerFile(
              folder.extract(job, Digits.set("output.mode=overwrite"): _*)
            )
          assert(command.code === 0, command.log)
          assert(folder.manifest.get("feeds").get(0).get("first-rows").get("rows").asInt === 5)
        }
      } finally SharedSpark.session.catalog.dropTempView("few_digits")
    }
  }

  test("plan --rows checks the same and writes nothing") {
    JobFolder.use { folder =>
      val file = folder.write(
        photos("photos_caffe_keras2", "preprocessing = tf", s"output.path = ${folder.output}")
      )
      def plan(more: String*) = {
        val command =
          Command.run(Seq("plan", file.toString, "--set", "run.trial-seconds=0") ++ more: _*)
        assert(command.code === 0, command.log)
        command.out.linesIterator.toSeq
      }
      val without = plan()
      assert(
        without.contains(
          "preprocessing  photo: no scaling seen: first layer Conv2D takes the pixels as fed"
        )
      )
      assert(
        !without.exists(_.contains("fed on the first")) && warned(without.mkString("\n")).isEmpty
      )
      val checked = plan("--rows", "12")
      assert(
        checked.exists(
          _.startsWith("preprocessing  fed on the first 12 rows: input = photo from -")
        )
      )
      assert(warned(checked.mkString("\n")).head.contains("with image { preprocessing = caffe }"))
      assert(folder.names === Seq("job.conf"))
    }
  }
}
