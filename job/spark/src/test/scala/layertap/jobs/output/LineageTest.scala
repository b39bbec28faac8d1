package layertap.jobs.output

import layertap.jobs.Digits
import layertap.spark.schema.FeatureSchema
import java.nio.file.Files
import layertap.failure.UserException
import layertap.jobs.Digits.set
import layertap.testing.SameValues.assertSame
import layertap.testing.Command
import layertap.testing.JobFolder
import layertap.testing.SharedSpark
import org.apache.spark.sql.DataFrame
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Where features come from: what the manifest and the columns say, and what is made of it. */
class LineageTest extends AnyFunSuite {
  private val spark = SharedSpark.session
  private val few = set("input.where=id < 20")

  test("the manifest names the input, but none of its secrets") {
    JobFolder.use { folder =>
      val options = "input.options={fs.s3a.secret.key = hunter2, token = hunter2," +
        " password = hunter2, url = \"jdbc:x://u:hunter2@host\", mergeSchema = true}"
      val log = folder.extract(Digits.job(), few ++ set(options): _*).log
      val input = folder.manifest.get("input")
      assert(input.get("path").toString === """["test-data/digits"]""")
      assert(input.get("where").asText === "id < 20")
      assert(input.get("options").get("mergeSchema").asText === "true")
      assert(input.get("options").get("fs.s3a.secret.key").asText === "*********(redacted)")
      val text = Files.readString(folder.output.resolve("_layertap.json"))
      assert(!text.contains("hunter2"), text)
      assert(!log.contains("hunter2"), log)
    }
  }

  test("literals of select and where that look like secrets are left out, others are not") {
    JobFolder.use { folder =>
      val settings = set(
        "input.where=id < 3 and split <> 'x' and 'AKIAIOSFODNN7EXAMPLE' is not null",
        "input.select.opened=aes_encrypt('text', 'hunter2hunter2hu', 'ECB')",
        "input.path=test-data/digits"
      )
      val command = folder.extract(Digits.job(), settings: _*)
      assert(command.code === 0, command.log)
      val input = folder.manifest.get("input")
      assert(
        input.get("where").asText ===
          "id < 3 and split <> 'x' and '*********(redacted)' is not null"
      )
      assert(
        input.get("select").get("opened").asText ===
          "aes_encrypt('text', '*********(redacted)', 'ECB')"
      )
      val text = Files.readString(folder.output.resolve("_layertap.json"))
      assert(!text.contains("hunter2") && !text.contains("AKIA"), text)
    }
  }

  test("a secret with slashes and ats in a path is in no message") {
    JobFolder.use { folder =>
      Seq("model.path", "input.path", "output.path").foreach { key =>
        val command = folder.extract(Digits.job(), set(s"$key=s3a://KEY:hun/ter@2@bucket/x"): _*)
        assert(command.code !== 0)
        Seq("KEY", "hun/ter").foreach(part => assert(!command.log.contains(part), command.log))
        assert(command.log.contains("s3a://*********(redacted)@bucket"), command.log)
      }
    }
  }

  test("no message, plan or manifest has a secret of a path, nor of Spark's settings") {
    val secret = "fs.s3a.secret.key"
    spark.sparkContext.hadoopConfiguration.set(secret, "hunter2")
    try
      JobFolder.use { folder =>
        def isClean(command: Command): Unit =
          assert(!(command.out + command.log).contains("hunter2"), command.log)
        Seq(
          "model.path=\"s3a://key:hunter2@bucket/model\"",
          "model.path=\"https://host/model?token=hunter2\"",
          "input.path=\"hdfs://user:hunter2@127.0.0.1:1/in\"",
          "output.path=\"hdfs://user:hunter2@127.0.0.1:1/out\""
        ).foreach { setting =>
          val wrong = folder.extract(Digits.job(), set(setting): _*)
          assert(wrong.code !== 0)
          isClean(wrong)
          val debugged = folder.extract(Digits.job(), set(setting) :+ "--debug": _*)
          assert(debugged.log.contains("\tat "))
          isClean(debugged)
          val file = folder.write(Digits.job())
          isClean(Command.run("plan" +: file.toString +: set("output.path=x", setting): _*))
        }
        val where = set("input.where=id < 3 and 'https://h/x?token=hunter2' is not null")
        isClean(folder.extract(Digits.job(), where: _*))
        val text = Files.readString(folder.output.resolve("_layertap.json"))
        assert(text.contains("token=*********(redacted)") && !text.contains("hunter2"), text)
      }
    finally spark.sparkContext.hadoopConfiguration.unset(secret)
  }

  test("features that start from a stored layer are those of one pass, under the same keys") {
    JobFolder.use { folder =>
      val stored = folder.path.resolve("stored").toString
      val first = Digits.job().replace("[softmax]", "[bn1]")
      assert(folder.extract(first, few ++ set(s"output.path=$stored"): _*).code === 0)
      val second = Digits
        .job(stored, keep = "id")
        .replace(
          "input = pixels, column = pixels, tensor { shape = [8, 8, 1] }",
          "output-of = bn1, column = bn1, tensor {}"
        )
        .replace("[softmax]", "[{ layer = conv2, pool = avg }, softmax]")
      folder.extracted(second)
      val joined = spark.read.parquet(stored).join(folder.rows, "id")
      assert(
        FeatureSchema.of(joined.schema).features.asScala.map(_.column) === Seq(
          "bn1",
          "conv2",
          "softmax"
        )
      )
      FeatureSchema.of(joined.schema).requireOneModel()
      val once = folder.path.resolve("once").toString
      val all = Digits.job().replace("[softmax]", "[bn1, { layer = conv2, pool = avg }, softmax]")
      assert(folder.extract(all, few ++ set(s"output.path=$once"): _*).code === 0)
      def byId(rows: DataFrame) = {
        val found = rows.select("id", "bn1", "conv2", "softmax").collect().toSeq
        assert(found.size === 20)
        found.map(row => row.getInt(0) -> row.toSeq.tail).toMap
      }
      assertSame(byId(joined), byId(spark.read.parquet(once)))
    }
  }

  test("features of another model do not go into the middle of this one, nor into one table") {
    JobFolder.use { folder =>
      val stored = folder.path.resolve("stored").toString
      val other =
        Digits.job().replace("digits_keras3", "digits_keras2").replace("[softmax]", "[bn1]")
      val feed =
        if (folder.extract(other, few ++ set(s"output.path=$stored"): _*).code == 0) "bn1" else ""
      assert(feed === "bn1")
      val second = Digits
        .job(stored, keep = "id, bn1")
        .replace(
          "input = pixels, column = pixels, tensor { shape = [8, 8, 1] }",
          "output-of = bn1, column = bn1, tensor {}"
        )
      val command = folder.extract(second)
      assert(command.code === 2)
      assert(
        command.message.matches(
          "cannot feed 'bn1' into output-of = bn1: another model computed it \\([0-9a-f]{64}, not" +
            " [0-9a-f]{64}\\); extract it again from this model"
        )
      )
      folder.extracted(Digits.job(), few: _*)
      val mixed = FeatureSchema.of(spark.read.parquet(stored).join(folder.rows, "id").schema)
      val refused = intercept[UserException](mixed.requireOneModel()).getMessage
      assert(refused.startsWith("cannot mix features of 2 models: {"), refused)
      val none =
        intercept[UserException](FeatureSchema.of(spark.range(1).schema).requireOneModel())
      assert(none.getMessage.startsWith("cannot tell which model computed the features"))
    }
  }
}
