package layertap.input.image

import layertap.input.image.Preprocessing._
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

class PreprocessingTest extends AnyFunSuite {

  /** The `mode` that each module of keras.applications hands to `preprocess_input`. */
  private val families = Seq(
    "mobilenet" -> TF,
    "mobilenet_v2" -> TF,
    "inception_v3" -> TF,
    "inception_resnet_v2" -> TF,
    "xception" -> TF,
    "nasnet" -> TF,
    "resnet_v2" -> TF,
    "densenet" -> TORCH,
    "vgg16" -> CAFFE,
    "vgg19" -> CAFFE,
    "resnet" -> CAFFE,
    "resnet50" -> CAFFE,
    "efficientnet" -> NONE,
    "efficientnet_v2" -> NONE,
    "mobilenet_v3" -> NONE,
    "convnext" -> NONE,
    "regnet" -> NONE,
    "resnet_rs" -> NONE
  )

  families.foreach { case (family, mode) =>
    test(s"$family wants $mode")(assert(Preprocessing.find(family).get === mode))
  }

  test("the modes have their own names, and there are no other names") {
    val modes = Map("none" -> NONE, "tf" -> TF, "torch" -> TORCH, "caffe" -> CAFFE)
    modes.foreach { case (name, mode) => assert(Preprocessing.find(name).get === mode) }
    assert(Preprocessing.names.asScala.toSet === families.map(_._1).toSet ++ modes.keySet)
    assert(Preprocessing.find("mobilenetv2").isEmpty)
  }
}
