package layertap.model.feed

import java.util.OptionalInt
import layertap.graph.Graphs.{Float32, shape}
import layertap.graph.TensorId
import layertap.graph.TensorShape
import layertap.failure.UserException
import layertap.model.select.FeedTarget
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

class FixedBatchTest extends AnyFunSuite {
  private def of(shapes: TensorShape*): OptionalInt =
    FixedBatch.of(
      shapes
        .map(new FeedPlaceholder(new FeedTarget.Input("x"), new TensorId("x", 0), Float32, _))
        .asJava
    )

  private def refused(shapes: TensorShape*): String =
    intercept[UserException](of(shapes: _*)).getMessage

  test("batches of any size") {
    assert(of() === OptionalInt.empty)
    assert(of(shape(-1, 4), shape(-1)) === OptionalInt.empty)
    assert(of(TensorShape.unknown) === OptionalInt.empty)
  }

  test("one size, beside feeds that take any") {
    assert(of(shape(-1, 4), shape(8, 4), TensorShape.unknown, shape(8)) === OptionalInt.of(8))
  }

  test("different sizes") {
    assert(
      refused(
        shape(8, 4),
        shape(2)
      ) === "cannot batch the feed input = x: the model takes exactly " +
        "2 rows there, and 8 elsewhere; export the model with an open batch axis"
    )
  }

  test("one value for all rows, which a batch of them would fill along any axis") {
    assert(
      refused(shape(-1, 4), shape()) === "cannot batch the feed input = x: the model takes a" +
        " single value there for all rows; give it one with value in place of column, or export the" +
        " model with a batch axis"
    )
  }

  test("batches of no rows") {
    assert(
      refused(shape(0, 4)) === "cannot batch the feed input = x: the model takes exactly 0 rows " +
        "there; export the model with an open batch axis"
    )
  }

  test("a size beyond all batches") {
    assert(refused(shape(1L << 40)).startsWith("cannot batch the feed input = x: "))
  }

  test("a value for all rows of as many elements as a batch has rows") {
    def apart(size: OptionalInt, sizes: Long*): Unit =
      FixedBatch.requireApart(
        size,
        java.util.List.of(
          new FeedPlaceholder(
            new FeedTarget.Input("x"),
            new TensorId("x", 0),
            Float32,
            shape(sizes: _*)
          )
        )
      )
    apart(OptionalInt.of(8))
    apart(OptionalInt.of(8), 3)
    apart(OptionalInt.empty, 8)
    assert(
      intercept[UserException](apart(OptionalInt.of(8), 8)).getMessage ===
        "cannot feed a value to input = x: the model takes batches of 8 rows, and as many elements " +
        "there, which may be one for each row; name the column that holds them"
    )
  }
}
