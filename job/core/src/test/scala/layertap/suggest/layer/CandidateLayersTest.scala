package layertap.suggest.layer

import java.nio.file.Path
import layertap.model.LoadedModel
import layertap.model.saved.LocalModelFiles
import layertap.suggest.layer.Candidate.Role
import layertap.suggest.layer.Candidate.Role._
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.jdk.OptionConverters._

class CandidateLayersTest extends AnyFunSuite {
  private def firstHour(name: String): LoadedModel =
    TestData.load(
      new LocalModelFiles(Path.of("test-data/first-hour").resolve(name)),
      None
    )

  private def roles(model: LoadedModel): Seq[(String, Set[Role])] =
    CandidateLayers
      .of(model)
      .all
      .asScala
      .toSeq
      .map(candidate => candidate.selector -> candidate.roles.asScala.toSet)

  private def embedding(model: LoadedModel): Option[String] =
    CandidateLayers.of(model).embedding.toScala.map(_.selector)

  test("the pooling of a gate is not the last one, padding and scaling end no block") {
    val model = firstHour("photos_model")
    assert(
      roles(model) === Seq(
        "block_out" -> Set(BLOCK_END),
        "top_relu" -> Set(LAST_MAP, BLOCK_END),
        "pooled" -> Set(LAST_POOLED, BEFORE_CLASSIFIER)
      )
    )
    assert(embedding(model) === Some("pooled"))
  }

  test("a block ends before the map gets smaller, where everything passes through") {
    assert(
      roles(TestData.load("mobilenet_v2_keras3")) === Seq(
        "block_1_expand_relu" -> Set(BLOCK_END),
        "block_3_expand_relu" -> Set(BLOCK_END),
        "block_6_expand_relu" -> Set(BLOCK_END),
        "block_13_expand_relu" -> Set(BLOCK_END),
        "out_relu" -> Set(LAST_MAP, BLOCK_END)
      )
    )
    assert(embedding(TestData.load("mobilenet_v2_keras3")) === Some("out_relu"))
  }

  test("shapes and bytes of a row, as they are and pooled") {
    val map = CandidateLayers.of(TestData.load("mobilenet_v2_keras3")).embedding.get
    assert(map.rowShape.toString === "(3, 3, 1280)")
    assert(map.bytes.getAsLong === 3 * 3 * 1280 * 4)
    assert(map.pooledShape.toString === "(1280)")
    assert(map.pooledBytes.getAsLong === 1280 * 4)
    assert(map.reason === "the last spatial map, the end of a block")
    val open = CandidateLayers.of(TestData.load("any_size_keras3")).all.asScala
    assert(open.find(_.selector == "conv").get.bytes.isEmpty)
  }

  test(
    "both maps of one resolution, and the same with batch normalisation by scopes or by a list"
  ) {
    Seq("cnn_functional_keras2", "cnn_functional_keras3", "digits_keras2", "digits_keras3")
      .foreach { name =>
        val candidates = CandidateLayers.of(TestData.load(name))
        val all = candidates.all.asScala
        assert(all.exists(_.roles.contains(LAST_MAP)), name)
        assert(all.exists(_.roles.contains(BEFORE_CLASSIFIER)), name)
      }
    assert(embedding(TestData.load("digits_keras3")) === Some("pool"))
  }

  test("what enters the classifier of sequences is the state of a recurrent layer") {
    assert(
      roles(firstHour("visits_model")) === Seq(
        "both_ways" -> Set(LAST_SEQUENCE),
        "summary" -> Set(BEFORE_CLASSIFIER)
      )
    )
  }

  test("a recurrent layer at the end: its last state, then its sequence") {
    assert(
      roles(TestData.load("lstm_keras3")).toSet === Set(
        "lstm:hidden" -> Set(LAST_STATE),
        "lstm:0" -> Set(LAST_SEQUENCE)
      )
    )
    assert(embedding(TestData.load("lstm_keras3")) === Some("lstm:hidden"))
  }

  test("a model without layers has no candidates") {
    assert(roles(TestData.load("vocabulary_keras3")) === Seq())
    assert(embedding(TestData.load("vocabulary_keras3")) === None)
  }
}
