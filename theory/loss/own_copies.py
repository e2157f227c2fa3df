"""Compiled functions that run their own copies of what they call.

A compiled function holds optimised copies of the functions that it calls, and so does every other
caller: each is optimised where it stands, and may end at other last bits. Numba lets a process
take whichever copy it loads first, or, where it compiles, the callee itself. What a function
returns would then depend on what was called before it, and on whether it came from the cache.
"""

from llvmlite.binding import Linkage
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import register_pass
from numba.core.typed_passes import NativeLowering


class OwnCopies(CompilerBase):
    """Numba's compiler, but for who may use the copies (a `pipeline_class` of njit)."""

    def define_pipelines(self):
        manager = DefaultPassBuilder.define_nopython_pipeline(self.state)
        manager.passes = [
            (_Lowering if step is NativeLowering else step, name) for step, name in manager.passes
        ]
        manager.finalize()
        return [manager]


@register_pass(mutates_CFG=True, analysis_only=False)
class _Lowering(NativeLowering):
    _name = "lowering_with_own_copies"

    def run_pass(self, state):
        state.library = _Library(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return super().run_pass(state)


class _Library(JITCodeLibrary):
    def _finalize_final_module(self):
        """Make the copies private: numba links them for the whole process, the first one counts."""
        for function in self._final_module.functions:
            if function.linkage == Linkage.linkonce_odr:
                function.linkage = Linkage.internal
        super()._finalize_final_module()
