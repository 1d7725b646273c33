package io.compot.pipeline.check;

import io.compot.allocation.BudgetAllocator;
import io.compot.calibration.CalibrationSamples;
import io.compot.checkpoint.ModelSource;
import io.compot.method.CompressionMethod;
import io.compot.model.Architecture;
import io.compot.plan.Selection;
import io.compot.tensor.Dtype;
import org.jspecify.annotations.Nullable;

/**
 * What is to be worked on, and how, after all that can be checked before was.
 *
 * @param method the general one; single projections may have another
 * @param samples calibration; null to work without
 * @param type of the calibration passes
 */
public record CheckedInputs(
    Architecture architecture,
    ModelSource checkpoint,
    Selection selection,
    CompressionMethod method,
    BudgetAllocator allocator,
    @Nullable CalibrationSamples samples,
    Dtype type) {}
