package io.compot.method;

import io.compot.tensor.Dtype;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One weight to factorise.
 *
 * @param name checkpoint name of the projection, for messages
 * @param weight torch layout [out, in], any floating type; W of the papers is its transpose
 * @param gram XᵀX of its input over the calibration tokens, [in, in], double, uncentred, summed;
 *     null where the method does not need it
 * @param stored element type in which the factors will be stored
 * @param seed for methods that draw random numbers
 */
public record LayerProblem(
    String name, Tensor weight, @Nullable Tensor gram, Dtype stored, long seed) {}
