package layertap.model.gradient.build;

import java.util.stream.IntStream;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.model.cut.CutTap;
import layertap.model.gradient.GradientTarget;
import layertap.model.gradient.ScoreClass;
import org.tensorflow.proto.DataType;

/**
 * Adds the ops that pick the score of each row.
 *
 * <pre>
 *   scores [rows, …, classes] ─▶ sum over … ─▶ ArgMax ─▶ OneHot ─▶ times OnesLike(scores) ─▶ seed
 * </pre>
 */
final class ScoreOps {
  private final NodeDefs nodes;
  private final CutTap of;
  private final int rank;

  private ScoreOps(NodeDefs nodes, CutTap of) {
    this.nodes = nodes;
    this.of = of;
    this.rank = of.shape().sizes().size();
  }

  /**
   * What picks the score.
   *
   * @param seed the derivative of the score by the tensor of scores, of that tensor's shape
   * @param score a vector: of each row the score
   * @param pick one for the score and zero for others; {@code score} itself if there are no others
   */
  record Score(TensorId seed, TensorId score, TensorId pick) {}

  /**
   * Adds the ops for one class.
   *
   * @param number a vector of int32, of each row the class; only looked at where a column holds it
   */
  static Score add(NodeDefs nodes, CutTap of, ScoreClass scoreClass, TensorId number) {
    return new ScoreOps(nodes, of).add(scoreClass, number);
  }

  private Score add(ScoreClass scoreClass, TensorId number) {
    TensorId ones = nodes.node("OnesLike", "ones", of.fetch()).attribute("T", of.dtype()).add();
    if (rank == 1) {
      return new Score(ones, of.fetch(), of.fetch());
    }
    TensorId oneHot = oneHot(chosen(scoreClass, number));
    TensorId seed = nodes.node("Mul", "seed", ones, oneHot).attribute("T", of.dtype()).add();
    TensorId picked =
        nodes.node("Mul", "picked", of.fetch(), oneHot).attribute("T", of.dtype()).add();
    return new Score(seed, sum("score", picked, 1, rank), oneHot);
  }

  /**
   * A scalar, or a vector with a class for each row brought to the rank of the scores, less one.
   */
  private TensorId chosen(ScoreClass scoreClass, TensorId number) {
    if (scoreClass instanceof ScoreClass.Top) {
      TensorId sums = rank == 2 ? of.fetch() : sum("sums", of.fetch(), 1, rank - 1);
      return lifted(
          nodes
              .node("ArgMax", "top", sums, nodes.scalar("class_axis", 1))
              .attribute("T", of.dtype())
              .attribute("Tidx", DataType.DT_INT32)
              .attribute("output_type", DataType.DT_INT32)
              .add());
    }
    if (scoreClass instanceof ScoreClass.InColumn) {
      return lifted(number);
    }
    return nodes.scalar("class", scoreClass instanceof ScoreClass.Fixed n ? n.number() : 0);
  }

  private TensorId lifted(TensorId classes) {
    if (rank == 2) {
      return classes;
    }
    int[] sizes = IntStream.range(0, rank - 1).map(axis -> axis == 0 ? -1 : 1).toArray();
    return nodes.reshape(
        "classes", classes, DataType.DT_INT32, nodes.vector("classes_shape", sizes));
  }

  private TensorId oneHot(TensorId classes) {
    TensorId oneHot =
        nodes
            .node(
                "OneHot",
                "one_hot",
                classes,
                depth(),
                nodes.scalar("on", 1f),
                nodes.scalar("off", 0f))
            .attribute("T", DataType.DT_FLOAT)
            .attribute("TI", DataType.DT_INT32)
            .attribute("axis", -1)
            .add();
    return of.dtype() == DataType.DT_FLOAT
        ? oneHot
        : nodes.cast("one_hot_cast", oneHot, DataType.DT_FLOAT, of.dtype());
  }

  private TensorId depth() {
    long count = GradientTarget.classCount(of);
    if (count != TensorShape.UNKNOWN) {
      return nodes.scalar("depth", Math.toIntExact(count));
    }
    TensorId shape = nodes.sizes("shape", of.fetch(), of.dtype());
    TensorId last = nodes.vector("last", -1);
    return nodes
        .node("StridedSlice", "depth", shape, last, nodes.vector("end", 0), nodes.vector("by", 1))
        .attribute("T", DataType.DT_INT32)
        .attribute("Index", DataType.DT_INT32)
        .attribute("end_mask", 1)
        .attribute("shrink_axis_mask", 1)
        .add();
  }

  private TensorId sum(String name, TensorId value, int from, int to) {
    int[] axes = IntStream.range(from, to).toArray();
    return nodes
        .node("Sum", name, value, nodes.vector(name + "_axes", axes))
        .attribute("T", of.dtype())
        .attribute("Tidx", DataType.DT_INT32)
        .attribute("keep_dims", false)
        .add();
  }
}
