package layertap.tensorflow

import layertap.tensor.HostTensor
import java.util.concurrent.atomic.AtomicInteger
import layertap.graph.TensorId
import layertap.graph.detour.Detours
import layertap.model.saved.ModelFiles
import layertap.model.cut.RunnableGraph
import org.tensorflow.{Session, Tensor}
import scala.util.Using

/** A truncated model in TensorFlow's own session, with nothing of layertap around its calls. */
final class BareSession(model: RunnableGraph, files: ModelFiles, fetches: Seq[TensorId]) {
  private val placeholder = model.feeds.get(0).placeholder
  private val session: Session = Using.resource(LocalAssets.copy(model.assets, files)) { assets =>
    val variables = new VariableValues(model)
    val opened =
      TensorFlowRuntime.openSession(
        GraphLoader.load(model, variables, new Detours(model.graph), files, assets)
      )
    variables.assign(opened, files)
    opened
  }

  /** Runs batches, one after the other and from the start again, in as many threads as callers. */
  def run(batches: Seq[HostTensor], count: Int, callers: Int): Unit = {
    val native = batches.map(NativeTensors.toNative).toIndexedSeq
    val next = new AtomicInteger
    val threads = (1 to callers).map { _ =>
      new Thread(() =>
        Iterator
          .continually(next.getAndIncrement())
          .takeWhile(_ < count)
          .foreach(i => runOnce(native(i % native.size)))
      )
    }
    threads.foreach(_.start())
    threads.foreach(_.join())
    native.foreach(_.close())
  }

  /** How many nanoseconds each of so many runs of one batch takes. */
  def nanos(batch: HostTensor, count: Int): Array[Long] =
    Using.resource(NativeTensors.toNative(batch)) { native =>
      Array.fill(count) {
        val start = System.nanoTime
        runOnce(native)
        System.nanoTime - start
      }
    }

  /** Hands over what runs a batch once, in any thread. */
  def using[T](batch: HostTensor)(use: (() => Unit) => T): T =
    Using.resource(NativeTensors.toNative(batch))(native => use(() => runOnce(native)))

  private def runOnce(batch: Tensor): Unit = {
    val runner = session
      .runner()
      .setOptions(OpThreads.inCallersThread())
      .feed(placeholder.node, placeholder.index, batch)
    fetches.foreach(fetch => runner.fetch(fetch.node, fetch.index))
    runner.run().close()
  }
}
